package chlocal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"unsafe"

	"github.com/ebitengine/purego"
)

// ErrNotInstalled is returned when libchdb.so is not where it was looked for.
var ErrNotInstalled = errors.New("libchdb.so is not installed: run make deps")

// LibraryEnv is the environment variable that names libchdb.so.
const LibraryEnv = "LODE_LIBCHDB"

// installed is where `make deps` puts the library, seen from the repository.
const installed = "tools/chdb/node_modules/@chdb/lib-linux-x64-gnu/libchdb.so"

// FindLibrary returns the path of libchdb.so: the given one if not empty, else
// $LODE_LIBCHDB, else the repository's, looked for from the working folder and
// from the executable's folder upwards. Error: ErrNotInstalled.
func FindLibrary(given string) (string, error) {
	for _, path := range []string{given, os.Getenv(LibraryEnv)} {
		if path != "" {
			return path, checkFile(path)
		}
	}
	for _, start := range startFolders() {
		for dir := start; ; dir = filepath.Dir(dir) {
			path := filepath.Join(dir, installed)
			if checkFile(path) == nil {
				return path, nil
			}
			if dir == filepath.Dir(dir) {
				break
			}
		}
	}
	return "", fmt.Errorf("%w (looked for %s upwards of here)", ErrNotInstalled, installed)
}

func startFolders() []string {
	var dirs []string
	if wd, err := os.Getwd(); err == nil {
		dirs = append(dirs, wd)
	}
	if exe, err := os.Executable(); err == nil {
		dirs = append(dirs, filepath.Dir(exe))
	}
	return dirs
}

func checkFile(path string) error {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return fmt.Errorf("%w (not a file: %s)", ErrNotInstalled, path)
	}
	return nil
}

// library holds libchdb's C functions (chdb.h). Handles are C pointers and are
// never looked into by Go, save a connection's first word.
type library struct {
	setSignalHandlers func(enabled int32)
	connect           func(argc int32, argv unsafe.Pointer) unsafe.Pointer
	closeConn         func(conn unsafe.Pointer)
	query             func(conn, query unsafe.Pointer, queryLen uintptr, format unsafe.Pointer, formatLen uintptr,
		names, nameLens, values, valueLens unsafe.Pointer, count uintptr) unsafe.Pointer
	destroyResult func(result unsafe.Pointer)
	resultError   func(result unsafe.Pointer) unsafe.Pointer
	resultBuffer  func(result unsafe.Pointer) unsafe.Pointer
	resultLength  func(result unsafe.Pointer) uintptr
	rowsRead      func(result unsafe.Pointer) uint64
	bytesRead     func(result unsafe.Pointer) uint64
	rowsWritten   func(result unsafe.Pointer) uint64
	bytesWritten  func(result unsafe.Pointer) uint64
}

// loadLibrary maps libchdb and binds its functions. It stays mapped until the
// process ends, as the engine's threads do.
func loadLibrary(path string) (*library, error) {
	handle, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", path, err)
	}
	lib := &library{}
	for name, fn := range lib.symbols() {
		address, err := purego.Dlsym(handle, name)
		if err != nil {
			return nil, fmt.Errorf("load %s: not the libchdb this was made for: %w", path, err)
		}
		purego.RegisterFunc(fn, address)
	}
	return lib, nil
}

func (l *library) symbols() map[string]any {
	return map[string]any{
		"chdb_set_signal_handlers_enabled": &l.setSignalHandlers,
		"chdb_connect":                     &l.connect,
		"chdb_close_conn":                  &l.closeConn,
		"chdb_query_with_params_n":         &l.query,
		"chdb_destroy_query_result":        &l.destroyResult,
		"chdb_result_error":                &l.resultError,
		"chdb_result_buffer":               &l.resultBuffer,
		"chdb_result_length":               &l.resultLength,
		"chdb_result_storage_rows_read":    &l.rowsRead,
		"chdb_result_storage_bytes_read":   &l.bytesRead,
		"chdb_result_rows_written":         &l.rowsWritten,
		"chdb_result_bytes_written":        &l.bytesWritten,
	}
}
