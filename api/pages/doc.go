// Package pages is what beneficiaries see: the pages behind the link of an invitation,
// at /r/{token}. They work on an old phone, without script, at 320 px, with CSS off and
// in a text browser (RULES §5).
//
// Opening a page changes nothing. Booking, moving, cancelling, refusing and stopping are
// POSTs after a summary page, and each ends in a redirect, so going back or reloading is
// harmless. A form carries the appointment and the sequence it was made for: sent twice
// it gets the first answer, sent from an old tab it gets the present state.
//
// A link that opens nothing gets one page, whatever the reason and whatever the path.
// Nothing of the person (name, phone, email) ever reaches a page, and no token a log.
package pages
