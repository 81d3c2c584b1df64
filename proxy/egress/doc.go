// Package egress forwards HTTP requests to the destinations that they name
// themselves, in the headers X-Egress-Scheme and X-Egress-Host, as far as an
// allowlist permits it.
//
// In come a Config and HTTP/1.1 requests; out go requests to destinations, and a
// Request record for each. An Egress owns its listener and its connections.
//
// What is allowed is decided after the name was looked up, over the addresses
// that are then dialled, for every request anew, on a kept connection too.
// Loopback, link-local, private and all other addresses that are not of the public
// internet are refused unless they are listed as networks. Redirects are handed
// back, not followed.
package egress
