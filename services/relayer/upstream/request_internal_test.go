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

// TestRequestURL: scheme, host and base are the operator's; path and query of both are joined; a name and password in the
// operator's URL become a header.
func TestRequestURL(t *testing.T) {
	for _, c := range [][3]string{
		{"http://a:81", "http://evil/v1?x=1&y=%20", "http://a:81/v1?x=1&y=+"},
		{"http://a/base?key=k", "/v1?x=1", "http://a/base/v1?key=k&x=1"},
		{"http://a/base?key=k", "", "http://a/base/?key=k"},
		{"https://me:secret@a", "/v 1", "https://me:secret@a/v%201"},
		{"http://a", "?", "http://a/"},
	} {
		e, err := newEndpoint("a", JSONRPC, EndpointConfig{URL: c[0]}, GroupConfig{})
		require.NoError(t, err)
		req, err := e.request(t.Context(), &Call{Method: "POST", URL: c[1], Body: []byte("body")})
		require.NoError(t, err)
		require.Equal(t, c[2], req.URL.String())
		require.Equal(t, req.URL.Host, req.Host)
		require.EqualValues(t, 4, req.ContentLength)
		name, password, ok := req.BasicAuth()
		require.Equal(t, req.URL.User != nil, ok)
		require.Equal(t, name == "me", ok)
		require.Equal(t, password == "secret", ok)
	}
}
