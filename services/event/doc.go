// Package event decodes the chain's typed events from the attributes that a node gives (protocol chain-io.md §6):
// one attribute for each field, its value proto JSON. The messages are poktroll's own types.
package event
