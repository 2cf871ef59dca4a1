package text

// SMS is a text as it will be carried.
type SMS struct {
	// Text is the text given, unchanged.
	Text string
	// Encoding is GSM-7 when it has every character, UCS-2 otherwise.
	Encoding Encoding
	// Units is the length of the whole text: septets in GSM-7, UTF-16 units in UCS-2.
	Units int
	// Parts are the pieces in order, each billed as one SMS; joined they give
	// Text back. An empty text has one empty part.
	Parts []string
}

// Split tells how s is carried as it is; Rewrite it first to spare parts.
// No part cuts an escape pair or a surrogate pair in two, so a part may be one
// unit short of its limit.
func Split(s string) SMS {
	sms := SMS{Text: s, Encoding: UCS2}
	if inGSM7(s) {
		sms.Encoding = GSM7
	}
	for _, r := range s {
		sms.Units += sms.Encoding.cost(r)
	}
	alone, part := sms.Encoding.limits()
	if sms.Units <= alone {
		sms.Parts = []string{s}
		return sms
	}
	sms.Parts = cut(s, sms.Encoding, part, sms.Units/part+1)
	return sms
}

// cut fills each part before starting the next; guess sizes the result.
func cut(s string, e Encoding, limit, guess int) []string {
	parts := make([]string, 0, guess)
	from, units := 0, 0
	for i, r := range s {
		cost := e.cost(r)
		if units+cost > limit {
			parts = append(parts, s[from:i])
			from, units = i, 0
		}
		units += cost
	}
	return append(parts, s[from:])
}
