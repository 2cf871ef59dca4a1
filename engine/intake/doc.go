// Package intake reads the lists of people that integrators post: JSON arrays, NDJSON
// and CSV as spreadsheets write it. It reads a stream and never holds a batch whole. A
// line that cannot be read is answered with its number and the reason, which never
// quotes what was in it, and does not fail the others (RULES §6).
//
// A line is an object, or a row under these columns, all optional here; what a person
// needs is checked by engine.Invite:
//
//	external_id  first_name  last_name  phone  email  language  referent  channels
package intake
