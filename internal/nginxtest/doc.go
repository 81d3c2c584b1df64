// Package nginxtest runs a real nginx for tests: on loopback, with a prefix, a
// configuration and ports of its own, so that any number can run side by side.
//
// [Start] writes the configuration, starts nginx in the foreground, waits until
// it accepts connections, and stops it when the test ends. A machine without
// nginx skips such tests, unless it is continuous integration (CI=true), where
// they fail. Goroutines may share a [Server].
package nginxtest
