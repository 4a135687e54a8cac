package chlocal

import (
	"fmt"
	"net/url"
	"sort"
	"strconv"
	"strings"
)

// pair is a setting or a query parameter.
type pair struct {
	Name  string // a setting's is an identifier, a parameter's is not empty
	Value string // as it stood in the URL, after percent-decoding
}

// request is what one call asks for, as far as its URL says.
type request struct {
	Query       string // the URL's part of the statement; the body follows it
	Database    string // "default" when not given
	Format      string // of a result whose statement names none; letters and digits
	QueryID     string // echoed in X-ClickHouse-Query-Id
	Settings    []pair // in order of name
	Params      []pair // values of {name:Type}, in order of name
	Revision    uint64 // the client's protocol revision, 0 when not given
	Compress    bool   // answer in ClickHouse's compressed blocks
	Compression string // "LZ4" or "ZSTD", for Compress
	Decompress  bool   // the body is in ClickHouse's compressed blocks
}

// transportOnly are parameters that speak to the HTTP server, not the engine;
// and the setting that means SYNC (see withoutSync).
var transportOnly = map[string]bool{
	"buffer_size": true, "close_session": true, "compress": true, "database": true, "decompress": true,
	"database_atomic_wait_for_drop_and_detach_synchronously": true,
	"default_format": true, "client_protocol_version": true, "enable_http_compression": true,
	"http_zlib_compression_level": true, "network_compression_method": true, "network_zstd_compression_level": true,
	"password": true, "query": true, "query_id": true, "quota_key": true, "send_progress_in_http_headers": true,
	"stacktrace": true, "user": true, "wait_end_of_query": true,
}

// notThere are parameters whose meaning would be lost by passing over them.
var notThere = map[string]string{
	"session_id": "sessions",
	"role":       "roles",
}

// parseURL reads the URL's parameters; one that cannot be read is an error
// rather than passed over, as net/url's own Query does.
func parseURL(u *url.URL) (request, error) {
	values, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return request{}, newError(codeBadArguments, "URL parameters: %v", err)
	}
	return parseRequest(values)
}

// parseRequest reads the URL's parameters. A repeated parameter counts once,
// with its last value. Errors are of type *Error.
func parseRequest(values url.Values) (request, error) {
	req := request{Database: "default", Format: "TabSeparated", Compression: "LZ4"}
	for _, name := range sortedNames(values) {
		value := last(values[name])
		if err := req.take(name, value); err != nil {
			return request{}, err
		}
	}
	return req, nil
}

func (r *request) take(name, value string) error {
	param, isParam := strings.CutPrefix(name, "param_")
	switch {
	case isParam && param != "":
		r.Params = append(r.Params, pair{param, value})
	case transportOnly[name]:
		return r.takeTransport(name, value)
	case notThere[name] != "":
		return newError(codeNotImplemented, "%s are not kept by the embedded ClickHouse (parameter %s)", notThere[name], name)
	case strings.HasSuffix(name, "_structure") || strings.HasSuffix(name, "_types"):
		return newError(codeNotImplemented, "external tables are not taken by the embedded ClickHouse (parameter %q)", name)
	case !isSettingName(name):
		return newError(codeUnknownSetting, "Setting %q is neither a builtin setting nor started with the prefix 'SQL_'", name)
	default:
		r.Settings = append(r.Settings, pair{name, value})
	}
	return nil
}

func (r *request) takeTransport(name, value string) (err error) {
	switch name {
	case "query":
		r.Query = value
	case "query_id":
		r.QueryID = headerSafe(value)
	case "database":
		if value != "" {
			r.Database = value
		}
	case "default_format":
		r.Format, err = formatName(value)
	case "client_protocol_version":
		r.Revision, err = strconv.ParseUint(value, 10, 32)
	case "compress":
		r.Compress, err = strconv.ParseBool(value)
	case "decompress":
		r.Decompress, err = strconv.ParseBool(value)
	case "network_compression_method":
		r.Compression, err = compressionName(value)
	}
	if err != nil {
		return newError(codeBadArguments, "parameter %s=%q: %v", name, value, err)
	}
	return nil
}

func formatName(s string) (string, error) {
	if len(s) == 0 || len(s) > 64 || strings.ContainsFunc(s, func(c rune) bool { return c > 0x7f || !isWordByte(byte(c)) }) {
		return "", fmt.Errorf("not the name of a format")
	}
	return s, nil
}

func compressionName(s string) (string, error) {
	switch up := strings.ToUpper(s); up {
	case "LZ4", "ZSTD":
		return up, nil
	}
	return "", fmt.Errorf("only LZ4 and ZSTD are spoken here")
}

// isSettingName says whether s can stand in "SET s = …" unquoted.
func isSettingName(s string) bool {
	if s == "" || len(s) > 128 || isDigit(s[0]) {
		return false
	}
	for i := range len(s) {
		if c := s[i]; c >= 0x80 || !isWordByte(c) {
			return false
		}
	}
	return true
}

// headerSafe drops what cannot stand in an HTTP header and limits the length.
func headerSafe(s string) string {
	s = strings.Map(func(c rune) rune {
		if c < 0x20 || c > 0x7e {
			return -1
		}
		return c
	}, s)
	return s[:min(len(s), 256)]
}

func sortedNames(values url.Values) []string {
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

func last(s []string) string { return s[len(s)-1] }
