// Package web is the page of the analytics service: static files that ask the API, and nothing else, for what they show.
//
//	static/index.html   the frame; every address that is no file is a view of it
//	static/app.js       address → view → page, again when an answer comes or a block is new
//	static/ask.js       questions to the API: answers kept while they are shown, token, exact numbers
//	static/live.js      server-sent events: when to ask again
//	static/spec.js      the API's own description: groups, filters and columns that a view offers
//	static/views/       one file for each view, a pure function of address and answers
//	static/vendor/      lit-html, uPlot and Inter as their packages have them (make gen), embedded like the rest
//
// Nothing is built when it runs, and nothing comes from another host: the content security policy forbids it.
package web

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

//go:embed static
var files embed.FS

// policy lets the page load its own files and ask its own host; markup is made by lit-html's templates alone.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types lit-html"

// page is one embedded file, ready to be sent.
type page struct {
	body []byte
	kind string
	tag  string // strong ETag
}

var kinds = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
	".woff2": "font/woff2", ".svg": "image/svg+xml", ".txt": "text/plain; charset=utf-8",
}

// Handler serves the files below /static/ and the frame for every other address. They are no secret: who may ask is
// decided where the API answers.
func Handler() (http.Handler, error) {
	pages := map[string]page{}
	err := fs.WalkDir(files, "static", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := files.ReadFile(name)
		sum := sha256.Sum256(body)
		pages["/"+name] = page{body, kinds[path.Ext(name)], `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the page's files: %w", err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := r.URL.Path
		if !strings.HasPrefix(name, "/static/") {
			name = "/static/index.html"
		}
		file, is := pages[name]
		if !is {
			http.NotFound(w, r)
			return
		}
		file.send(w, r)
	}), nil
}

// send answers with the file, or that the browser has it already.
func (p page) send(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-cache") // asked for each time, sent only when it is another
	h.Set("ETag", p.tag)
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	if r.Header.Get("If-None-Match") == p.tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", p.kind)
	_, _ = w.Write(p.body)
}
