// Package api answers what operators and analysts ask, read-only, over HTTP.
//
//	route.go      what a question is: path, groups, filters, columns, one named SQL text
//	ask_*.go      the questions, a file for each group of services/docs/analytics.md
//	request.go    parameters of a request → range, groups, filters, page
//	answer.go     question + request → SQL with its values → the store's answer, as JSON page or as a whole file
//	openapi.go    the same table of routes as an OpenAPI 3 document
//	token.go      who may ask, and which suppliers it sees
//
// Nothing of a request becomes SQL text but names from fixed lists; all else are values that the store binds.
package api
