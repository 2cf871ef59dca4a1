// Package gateway sends SMS through an HTTP gateway that is described, not coded: a YAML
// file says how a message is written, what an answer means, how receipts and replies come
// and how they are known to be the gateway's. docs/gateways.md explains every field;
// config/gateways holds descriptions that work.
//
// A text cannot break out of a request: values are put into form fields, query parameters
// and JSON strings by the encoders of the standard library, never into the text of a body.
// What is not certain is Unknown: an accepted request whose answer cannot be read, a 500,
// an answer that never came (RULES §4).
package gateway
