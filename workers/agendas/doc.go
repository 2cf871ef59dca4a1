// Package agendas fetches the iCalendar files that agents publish of their own agendas: the
// engine's Agendas over HTTP. The addresses come from users of the API, so nothing of ours may
// be reached through them (server-side request forgery), and they open private agendas, so
// they appear in no error, log or metric, nor in the Referer of a redirect.
package agendas
