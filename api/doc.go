// Package api is the HTTP side for programs: /v1 for integrators, described by an
// OpenAPI 3.1 document that it serves, and the listener of those who operate the
// installation. It turns requests into the verbs of the engine and their answers into
// JSON or RFC 9457 problems; it decides nothing about invitations itself (RULES §6).
//
// Two folders below serve others: pages for beneficiaries, hooks for providers.
package api
