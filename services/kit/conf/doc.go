// Package conf reads a service's configuration: the defaults of its Go struct, then a strict YAML file, then the
// environment. An unknown key is an error, so a typing mistake cannot silently leave a default in force.
//
// The environment name of a field is computed from its path: field bus.url of the hasher is LODE_HASHER_BUS_URL.
// Secrets are never values: a configuration holds the path of a file.
package conf
