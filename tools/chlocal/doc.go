// Package chlocal is ClickHouse without a server: the ClickHouse engine as a
// library (libchdb), behind the part of ClickHouse's HTTP interface that
// clickhouse-go speaks when its protocol is HTTP.
//
// It exists so that a laptop and a test run the same SQL, migrations and
// client as a cluster. A real ClickHouse takes its place by another DSN.
//
// The way of a request, in the order of the files:
//
//	handle.go   limits, ping, one request from start to end
//	request.go  URL parameters → what to run: settings, {name:Type} values, format
//	body.go     gzip, deflate, br and ClickHouse's own block compression
//	lexer.go    SQL → tokens, only as far as the next two need
//	insert.go   INSERT … FORMAT X: where the statement ends and its data starts
//	drop.go     DROP … SYNC, which the library would wait on for ever
//	spool.go    that data goes to a nameless file in memory …
//	session.go  … and one fresh engine connection runs USE, SET and the statement
//	engine.go   one engine per process and folder; library.go binds its C functions
//	errors.go   the engine's "Code: N. …" → HTTP status and headers
//	respond.go  the result, compressed if asked
//
// What is promised: an answered INSERT survives kill -9 of the process (not a
// power cut: MergeTree does not sync by default). Requests run side by side,
// each on its own connection, so SET, USE and temporary tables never leak from
// one request to the next.
//
// What is not there: users and passwords, TLS, sessions (session_id), external
// tables, the native TCP protocol, replication. Whoever reaches the port may
// read and write everything the process may, which is why it stays on loopback
// unless told otherwise and refuses requests made by web pages.
//
// Two oddities of libchdb to know. In the database "default" a table that does
// not exist is looked for as a file of that name in the working folder: make a
// database of your own, or run from an empty folder, as cmd/chlocal does. And a
// process can open one data folder at a time.
//
// libchdb is built for Linux with glibc on amd64, and so is this package.
package chlocal
