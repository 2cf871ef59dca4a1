// Package ics reads the busy time out of an agenda that somebody publishes as iCalendar
// (RFC 5545): Google, Outlook and Exchange, Apple, Nextcloud. It is pure, like calendars:
// no clock, no network.
//
// An agenda is other people's: only the lines that say when somebody is busy are looked at,
// the others (titles, guests, notes) are dropped before anything is read. One entry that
// cannot be read is skipped and counted, so that a strange one of ten years ago does not
// keep this week's from being known; a file that is cut off, or no calendar, is refused as
// a whole.
package ics
