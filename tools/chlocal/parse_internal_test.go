package chlocal

import (
	"bytes"
	"io"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFindDataInsert(t *testing.T) {
	for _, c := range []struct{ text, want string }{ // want: the statement from file F, "" when it is none
		{"INSERT INTO t FORMAT Native\n\x01\x02", "INSERT INTO t  FROM INFILE 'F' COMPRESSION 'none' FORMAT Native|\x01\x02"},
		{"insert into t (a, `b)`) format CSV;\r\n\n1", "insert into t (a, `b)`)  FROM INFILE 'F' COMPRESSION 'none' format CSV|\n1"},
		{"INSERT INTO TABLE d.t SETTINGS a=1, b='FORMAT x' FORMAT Native", "INSERT INTO TABLE d.t  FROM INFILE 'F' COMPRESSION 'none' SETTINGS a=1, b='FORMAT x' FORMAT Native|"},
		{"INSERT INTO format FORMAT TSV 1", "INSERT INTO format  FROM INFILE 'F' COMPRESSION 'none' FORMAT TSV|1"},
		{"INSERT INTO d.`format` /* FORMAT X */ FORMAT TSV\t1", "INSERT INTO d.`format` /* FORMAT X */  FROM INFILE 'F' COMPRESSION 'none' FORMAT TSV|1"},
		{"INSERT INTO FUNCTION null('x UInt8') FORMAT CSV\n1", "INSERT INTO FUNCTION null('x UInt8')  FROM INFILE 'F' COMPRESSION 'none' FORMAT CSV|1"},
		{"INSERT INTO t VALUES (1) -- FORMAT CSV", ""},
		{"INSERT INTO t SELECT 1 FORMAT CSV", ""},
		{"INSERT INTO t FROM INFILE 'x' FORMAT CSV", ""},
		{"INSERT INTO t", ""},
		{"INSERT INTO t; FORMAT CSV", ""},
		{"INSERT INTO t FORMAT", ""},
		{"SELECT 1 FORMAT CSV", ""},
		{"", ""},
	} {
		split, ok := findDataInsert([]byte(c.text))
		got := ""
		if ok {
			got = string(split.fromFile([]byte(c.text), "F")) + "|" + c.text[split.dataAt:]
		}
		require.Equal(t, c.want, got, "%q", c.text)
	}
}

func TestHasSecondStatement(t *testing.T) {
	for text, want := range map[string]bool{
		"SELECT 1": false, "SELECT 1;": false, "SELECT 1; -- x": false, "SELECT ';x'": false, "SELECT 1 /* ; */ + 1": false,
		"SELECT $a$;x$a$": false, "SELECT `;x`, \"a\"\";b\", 'it''s;', '\\';'": false, "SELECT 1;;": false,
		"SELECT 1;x": true, "SELECT 1; SELECT 2": true, "SELECT '' ; '": true,
	} {
		require.Equal(t, want, hasSecondStatement([]byte(text)), "%q", text)
	}
}

func TestWithoutSync(t *testing.T) {
	for text, want := range map[string]string{
		"DROP TABLE x SYNC": "DROP TABLE x ", "drop database `sync` sync;": "drop database `sync` ", "DROP TABLE x NO DELAY -- now": "DROP TABLE x ",
		"DETACH TABLE x SYNC": "DETACH TABLE x ", "DROP TABLE x": "DROP TABLE x", "SELECT 1 AS SYNC": "SELECT 1 AS SYNC", "DROP TABLE `SYNC`": "DROP TABLE `SYNC`",
	} {
		require.Equal(t, want, string(withoutSync([]byte(text))), "%q", text)
	}
}

func TestParseRequest(t *testing.T) {
	values, err := url.ParseQuery("query=SELECT+1&database=d&default_format=Native&client_protocol_version=54483&compress=1&decompress=true" +
		"&network_compression_method=zstd&max_threads=3&insert_deduplication_token=it%27s&param_b=2&param_a=1&query_id=q%0d%0ai&quota_key=x&wait_end_of_query=1")
	require.NoError(t, err)
	req, err := parseRequest(values)
	require.NoError(t, err)
	require.Equal(t, request{Query: "SELECT 1", Database: "d", Format: "Native", QueryID: "qi", Revision: 54483, Compress: true, Compression: "ZSTD",
		Decompress: true, Settings: []pair{{"insert_deduplication_token", "it's"}, {"max_threads", "3"}}, Params: []pair{{"a", "1"}, {"b", "2"}}}, req)
}

func TestParseRequestRefuses(t *testing.T) {
	for query, code := range map[string]int{
		"session_id=x": codeNotImplemented, "role=x": codeNotImplemented, "ext_structure=a+UInt8": codeNotImplemented,
		"a-b=1": codeUnknownSetting, "=1": codeUnknownSetting, "a=1;b": codeBadArguments, "%zz": codeBadArguments,
		"param_=1": 0, "1a=1": codeUnknownSetting, "default_format=a'b": codeBadArguments, "default_format=": codeBadArguments,
		"client_protocol_version=-1": codeBadArguments, "compress=maybe": codeBadArguments, "network_compression_method=lzma": codeBadArguments,
	} {
		_, err := parseURL(&url.URL{RawQuery: query})
		if code == 0 {
			require.NoError(t, err, query)
			continue
		}
		var e *Error
		require.ErrorAs(t, err, &e, query)
		require.Equal(t, code, e.Code, query)
	}
}

func TestEngineError(t *testing.T) {
	require.Equal(t, 60, engineError("Code: 60. DB::Exception: x").Code)
	require.Equal(t, codeUnknownException, engineError("something else").Code)
	require.Equal(t, codeUnknownException, asError(io.ErrUnexpectedEOF).Code)
}

// What the lexer is given comes back in order, in pieces that overlap nowhere.
func FuzzStatement(f *testing.F) {
	for _, s := range []string{"INSERT INTO t (a) SETTINGS x=1 FORMAT Native\n\x01", "DROP TABLE t NO DELAY;", "SELECT $a$ ; $a$ -- x", "'\\", "/*", "$$", "a`b``c`\"", "INSERT INTO a.b.c FORMAT x;\r\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		l, end := &lexer{text: text}, 0
		for tok := l.next(); tok.kind != tokenEnd; tok = l.next() {
			require.GreaterOrEqual(t, tok.start, end)
			require.Greater(t, tok.end, tok.start)
			require.LessOrEqual(t, tok.end, len(text))
			end = tok.end
		}
		require.True(t, bytes.HasPrefix(text, withoutSync(text)))
		if split, ok := findDataInsert(text); ok {
			require.True(t, 0 < split.sourceAt && split.sourceAt < split.formatTo && split.formatTo <= split.dataAt && split.dataAt <= len(text))
			require.Contains(t, string(split.fromFile(text, "F")), "FROM INFILE 'F'")
		}
		hasSecondStatement(text)
	})
}

// However wild the URL, what comes out may be put in SQL and headers.
func FuzzParseURL(f *testing.F) {
	f.Add("query=SELECT+1&database=d&compress=1&max_threads=3&param_a=1")
	f.Add("default_format=%27&session_id=&a;b")
	f.Fuzz(func(t *testing.T, raw string) {
		req, err := parseURL(&url.URL{RawQuery: raw})
		if err != nil {
			require.ErrorAs(t, err, new(*Error))
			return
		}
		for _, s := range req.Settings {
			require.Equal(t, tokenWord, (&lexer{text: []byte(s.Name)}).next().kind)
			require.False(t, strings.ContainsAny(s.Name, " '`\";-"))
		}
		require.False(t, strings.ContainsAny(req.QueryID+req.Format, "\r\n\x00'"))
		require.NotEmpty(t, req.Database)
	})
}

// Any bytes as a compressed body: data or an error, within the limit.
func FuzzBlockReader(f *testing.F) {
	var block bytes.Buffer
	require.NoError(f, writeBlocks(&block, "LZ4", []byte("some data, some data, some data")))
	f.Add(block.Bytes())
	f.Add(block.Bytes()[:len(block.Bytes())-1])
	f.Add(block.Bytes()[:25])
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := io.ReadAll(&limitedReader{r: newBlockReader(bytes.NewReader(body)), left: 1 << 20})
		require.LessOrEqual(t, len(got), 1<<20)
		if err == nil && len(body) > 0 {
			require.NotEmpty(t, got)
		}
	})
}
