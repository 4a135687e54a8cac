package upstream

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestJoinPath(t *testing.T) {
	for _, c := range [][3]string{
		{"", "", "/"},
		{"", "/", "/"},
		{"", "/v1/chat", "/v1/chat"},
		{"/", "/v1/chat", "/v1/chat"},
		{"/base", "", "/base/"},
		{"/base", "/v1", "/base/v1"},
		{"/base/", "v1", "/base/v1"},
		{"/base/", "/v1/", "/base/v1/"},
		{"/base", "//v1///chat", "/base/v1/chat"},
		{"/base", "/../../etc/passwd", "/base/etc/passwd"},
		{"/base", "..", "/base/"},
		{"/base", "/a/../../b/./c", "/base/b/c"},
	} {
		require.Equal(t, c[2], joinPath(c[0], c[1]), "%q + %q", c[0], c[1])
	}
}
