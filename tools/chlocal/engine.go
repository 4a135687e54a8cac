package chlocal

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// engine is libchdb with one data folder open. libchdb allows one folder at a
// time per process and any number of connections to it.
type engine struct {
	lib      *library
	args     []string
	lock     *os.File
	anchor   *session   // keeps the engine running between requests
	connects sync.Mutex // connections are opened and closed one at a time
	serial   atomic.Uint64
	version  string // "26.5.1.1"
	timezone string // "Etc/UTC"
}

// openEngine locks the folder and starts the engine on it.
func openEngine(libraryPath, dir string) (*engine, error) {
	lock, err := lockFolder(dir)
	if err != nil {
		return nil, err
	}
	e := &engine{lock: lock, args: []string{"clickhouse", "--path=" + dir}}
	if err := e.start(libraryPath); err != nil {
		e.close()
		return nil, err
	}
	return e, nil
}

func (e *engine) start(libraryPath string) (err error) {
	if e.lib, err = loadLibrary(libraryPath); err != nil {
		return err
	}
	e.lib.setSignalHandlers(0) // Go's own stay
	if e.anchor, err = connect(e.lib, e.args); err != nil {
		return err
	}
	return e.identify()
}

func (e *engine) identify() error {
	res, err := e.anchor.run([]byte("SELECT version(), timezone()"), "TabSeparated", nil)
	if err != nil {
		return fmt.Errorf("ask the engine's version: %w", err)
	}
	defer res.close()
	e.version, e.timezone, _ = strings.Cut(strings.TrimSpace(string(res.data())), "\t")
	return nil
}

// close ends the engine; every session must be closed before.
func (e *engine) close() {
	if e.anchor != nil {
		e.anchor.close()
	}
	_ = e.lock.Close()
}

// statement is one statement with everything it needs.
type statement struct {
	text     []byte
	format   string
	database string
	settings []pair
	params   []pair
}

// withDefaults adds the defaults that settings does not name.
func withDefaults(settings []pair, defaults ...pair) []pair {
	out := slices.Clone(settings)
	for _, d := range defaults {
		if !slices.ContainsFunc(settings, func(s pair) bool { return s.Name == d.Name }) {
			out = append(out, d)
		}
	}
	return out
}

// run runs st on a session of its own and passes the result to use, which must
// not keep it. When ctx ends, the statement is killed; its error then is the
// engine's (394).
func (e *engine) run(ctx context.Context, st statement, use func(*result, time.Duration) error) error {
	s, err := e.open()
	if err != nil {
		return err
	}
	defer e.closeSession(s)
	tag := "chlocal/" + strconv.FormatUint(e.serial.Add(1), 10)
	if err := s.prepare(st.database, withDefaults(st.settings, pair{"log_comment", tag})); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { e.kill(tag) })
	defer stop()
	began := time.Now()
	res, err := s.run(st.text, st.format, st.params)
	if err != nil {
		return err
	}
	defer res.close()
	return use(res, time.Since(began))
}

// kill asks the engine to stop the statement with this log_comment. A statement
// whose request set a log_comment of its own runs on to its time limit.
func (e *engine) kill(tag string) {
	s, err := e.open()
	if err != nil {
		return
	}
	defer e.closeSession(s)
	_ = s.exec("KILL QUERY WHERE Settings['log_comment'] = " + quoteString(tag) + " ASYNC")
}

func (e *engine) open() (*session, error) {
	e.connects.Lock()
	defer e.connects.Unlock()
	return connect(e.lib, e.args)
}

func (e *engine) closeSession(s *session) {
	e.connects.Lock()
	defer e.connects.Unlock()
	s.close()
}
