// Package process runs one program of ours as a child and looks at it from outside: ready or not, processor time, memory,
// metrics, profiles. It can be confined to one processor, paused, and killed. What is measured is read from /proc: Linux.
package process
