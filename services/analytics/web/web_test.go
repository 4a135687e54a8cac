package web

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func ask(t *testing.T, method, path string, header http.Header) *httptest.ResponseRecorder {
	t.Helper()
	h, err := Handler()
	require.NoError(t, err)
	r := httptest.NewRequest(method, path, nil)
	for name := range header {
		r.Header.Set(name, header.Get(name))
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// Every address is the frame, but those of files; all are sent with the policy, and only when they are another.
func TestHandler(t *testing.T) {
	for path, want := range map[string]struct {
		status int
		kind   string
	}{
		"/": {200, "text/html"}, "/sessions/abc": {200, "text/html"}, "/static/app.js": {200, "text/javascript"}, "/static/views/funnel.js": {200, "text/javascript"},
		"/static/base.css": {200, "text/css"}, "/static/vendor/inter-latin-wght-normal.woff2": {200, "font/woff2"}, "/static/": {404, "text/plain"},
		"/static/none.js": {404, "text/plain"}, "/static/../web.go": {404, "text/plain"},
	} {
		w := ask(t, http.MethodGet, path, nil)
		require.Equal(t, want.status, w.Code, path)
		require.Contains(t, w.Header().Get("Content-Type"), want.kind, path)
		if want.status == 200 {
			require.Equal(t, policy, w.Header().Get("Content-Security-Policy"), path)
			again := ask(t, http.MethodGet, path, http.Header{"If-None-Match": {w.Header().Get("ETag")}})
			require.Equal(t, http.StatusNotModified, again.Code, path)
			require.Empty(t, again.Body.Bytes())
		}
	}
	require.Equal(t, http.StatusMethodNotAllowed, ask(t, http.MethodPost, "/", nil).Code)
}

// Nothing comes from elsewhere: no file of ours names another host, and the frame has neither scripts nor styles in it.
func TestNothingFromElsewhere(t *testing.T) {
	abroad := regexp.MustCompile(`(https?:)?//[\w-]+\.\w`)
	require.NoError(t, filepath.WalkDir("static", func(name string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.Contains(name, "vendor") || filepath.Ext(name) == ".svg" {
			return err
		}
		raw, err := os.ReadFile(name)
		require.NotRegexp(t, abroad, string(raw), name)
		return err
	}))
	frame, err := os.ReadFile("static/index.html")
	require.NoError(t, err)
	require.NotRegexp(t, `<style|<script>|style=|\son\w+=`, string(frame))
}

// What is embedded of others is what their packages have: the sums say so, and the packages where they are installed.
func TestVendored(t *testing.T) {
	list, err := os.Open("static/vendor/packages.txt")
	require.NoError(t, err)
	defer func() { _ = list.Close() }()
	known := map[string]bool{"packages.txt": true}
	lock, err := os.ReadFile("package.json")
	require.NoError(t, err)
	lines := bufio.NewScanner(list)
	lines.Scan() // what the columns are
	for lines.Scan() {
		field := strings.Fields(lines.Text())
		require.Len(t, field, 5)
		body, err := os.ReadFile(filepath.Join("static", "vendor", field[1]))
		require.NoError(t, err)
		require.Equal(t, field[0], fmt.Sprintf("%x", sha256.Sum256(body)), field[1])
		require.Contains(t, string(lock), fmt.Sprintf("%q: %q", field[2], field[3]))
		if origin, err := os.ReadFile(filepath.Join("node_modules", field[2], field[4])); err == nil {
			require.Equal(t, origin, body, field[1])
		}
		known[field[1]] = true
	}
	require.NoError(t, lines.Err())
	entries, err := os.ReadDir("static/vendor")
	require.NoError(t, err)
	for _, entry := range entries {
		require.True(t, known[entry.Name()], entry.Name())
	}
}
