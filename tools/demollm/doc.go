// Package demollm is a stand-in for a model server. THIS IS NOT A LANGUAGE
// MODEL: it is an n-gram generator over a page of text that ships with it, and
// every answer says so (model "demo-ngram", system_fingerprint
// "demo-ngram-not-an-llm").
//
// It exists so that the whole path of a paid request can be shown on a machine
// without a model: it speaks the OpenAI API well enough that the official
// clients cannot tell, streams, counts tokens, and refuses bad requests in
// OpenAI's words. Any OpenAI-compatible server takes its place by its address.
//
//	corpus.txt    the page, written for this purpose
//	pieces.go     text → word pieces, which are also what usage counts
//	ngram.go      which piece follows which two: counts, back-off, temperature
//	request.go    decoding and checking of what clients send; limits
//	generate.go   one request → pieces until stop, length or the page's end
//	reply.go      OpenAI's answer and chunk objects;  stream.go  SSE
//	apierror.go   OpenAI's error object
//	socket.go     chat requests by WebSocket
//	handler.go    routes;  server.go  listening and stopping
//
// An answer depends on nothing but the request: the same prompt, seed and
// temperature give the same text, with or without streaming.
package demollm
