// Package run is the shell of every service: flags, configuration, log, metrics and health endpoints, signals.
// A service exports Config, Default, New and Run; its main is one call of Main.
//
// Health is progress, not liveness: every loop that moves money owns a Probe and beats it when it has moved;
// /readyz fails, and names the loop, when a probe is older than it promised.
package run
