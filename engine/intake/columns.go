package intake

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"relance/engine"
)

// column is a field of a person, by its name in JSON.
type column string

const (
	none       column = ""
	externalID column = "external_id"
	firstName  column = "first_name"
	lastName   column = "last_name"
	phone      column = "phone"
	email      column = "email"
	language   column = "language"
	referent   column = "referent"
	channels   column = "channels"
)

// columnNames is what to choose from, for messages.
const columnNames = "external_id, first_name, last_name, phone, email, language, referent, channels"

// columnOf is the column of exactly this name.
func columnOf(name []byte) column {
	switch string(name) { // a switch over constants makes no string of the name
	case "external_id":
		return externalID
	case "first_name":
		return firstName
	case "last_name":
		return lastName
	case "phone":
		return phone
	case "email":
		return email
	case "language":
		return language
	case "referent":
		return referent
	case "channels":
		return channels
	}
	return none
}

// titled is the column under a title as people write them in spreadsheets: capitals, accents,
// spaces and French are welcome.
func titled(title string) column {
	name := strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case unicode.IsSpace(r) || r == '-' || r == '_' || r == '\'' || r == '’' || r == '.':
			return '_'
		}
		return unicode.ToLower(r)
	}, norm.NFD.String(strings.TrimSpace(title)))
	switch name {
	case "reference", "ref", "identifiant", "matricule":
		return externalID
	case "prenom", "firstname":
		return firstName
	case "nom", "nom_de_famille", "lastname", "name":
		return lastName
	case "telephone", "tel", "mobile", "portable", "telephone_portable", "telephone_mobile", "numero_de_telephone":
		return phone
	case "courriel", "e_mail", "mail", "adresse_email", "adresse_e_mail", "adresse_mail":
		return email
	case "langue", "lang":
		return language
	case "canaux", "canal", "channel":
		return channels
	}
	return columnOf([]byte(name))
}

// set fills the column of the line's person.
func (l *Line) set(c column, value string) {
	switch p := &l.Person; c {
	case externalID:
		p.ExternalID = value
	case firstName:
		p.FirstName = value
	case lastName:
		p.LastName = value
	case phone:
		p.Phone = value
	case email:
		p.Email = value
	case language:
		p.Language = value
	case referent:
		p.Referent = engine.CalendarID(value)
	case channels:
		l.Channels = channelsIn(value)
	}
}

// channelsIn reads a cell such as "sms, email" or "SMS + courriel".
func channelsIn(cell string) []engine.Channel {
	var found []engine.Channel
	for _, word := range strings.FieldsFunc(strings.ToLower(cell), func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune(",;|+/", r)
	}) {
		if titled(word) == email {
			word = string(engine.Email)
		}
		found = append(found, engine.Channel(word))
	}
	return found
}

// safe is a field's name if it can be repeated in a message: one that looks like an address or
// a number may be somebody's, and is "".
func safe(name string) string {
	if len(name) > 40 {
		return ""
	}
	for _, r := range name {
		if !unicode.IsLetter(r) && r != '_' && r != '-' && r != ' ' {
			return ""
		}
	}
	return name
}
