// Package factstest is a small Pocket network for tests: one application, its gateway, some suppliers and one
// service, on a chaintest node whose height is moved by hand. Sessions, rings and keys are real; all keys are test
// keys.
package factstest
