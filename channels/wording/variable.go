package wording

import "slices"

// Vars are the values of one message, by name. Strings are plain text: control
// and invisible characters are cleaned away and an empty string is the same as no
// value. Names a kind does not know are ignored, so one Vars may serve several.
type Vars map[string]any

// Type is what a variable holds.
type Type string

const (
	// Plain is a string.
	Plain Type = "text"
	// Flag is a bool; absent is false.
	Flag Type = "bool"
	// Count is an int; zero is the same as absent.
	Count Type = "int"
	// List is a []Vars with the variables of Fields; empty is the same as absent.
	List Type = "list"
)

// Variable is one value that the templates of a kind may use.
type Variable struct {
	Name string
	Type Type
	// Required variables are there in every message of the kind. A template must
	// test the others before showing them: {% if place %}…{% endif %}.
	Required bool
	// Doc says what it is, with an example, for people who write templates.
	Doc string
	// Fields are the variables of each item of a list.
	Fields []Variable
}

// Variables returns what the templates of k may use; nil for an unknown kind.
func Variables(k Kind) []Variable {
	switch k {
	case Invitation, NoShow:
		return choose()
	case Relance:
		return choose(required("rung", Count, "which follow-up this is, from 1"))
	case Confirmation:
		return meet(append(there(), duration(), canChange(), required("link", Plain, linkDoc))...)
	case Reminder:
		return meet(append(there(), duration(), canChange(), replies(), consequence(), required("link", Plain, linkDoc),
			optional("appointments", List, "when the person has several that day, all of them; date is then the day, service, time and place are the first one's", service(), timeOfDay(), place()))...)
	case Moved:
		return meet(append(there(), duration(), canChange(), required("link", Plain, linkDoc),
			optional("old_date", Plain, "the day it was before: jeudi 7 mai"),
			optional("old_time", Plain, "the hour it was before: 9 h"))...)
	case CancelledByRecipient:
		return cancelled()
	case CancelledByOrganisation:
		return cancelled(optional("reason", Plain, "a sentence of the organisation"))
	case Convocation:
		return meet(append(there(), duration(), canChange(), replies(), consequence(), optional("link", Plain, linkDoc))...)
	case Offer:
		return meet(replies(), slots(), required("link", Plain, linkDoc),
			required("until", Plain, "the hour until which the slot is held: 14 h 30"),
			optional("old_date", Plain, "the day of the appointment the person has now"),
			optional("old_time", Plain, "its hour"))
	case Earlier:
		return meet(replies(), duration(), required("link", Plain, linkDoc),
			required("old_date", Plain, "the day of the appointment the person has now"),
			required("old_time", Plain, "its hour"))
	}
	return answers(k)
}

// answers are the kinds that reply to the person's own SMS.
func answers(k Kind) []Variable {
	switch k {
	case ReplyHelp, ReplyInfo:
		return about(replies(), slots(), optional("link", Plain, linkDoc))
	case ReplyConfirmed:
		return about(required("date", Plain, dateDoc), timeOfDay(), place())
	case ReplyChange:
		return about(required("link", Plain, linkDoc), slots(),
			optional("date", Plain, "the day of the appointment the person has, absent when they have none: jeudi 14 mai"),
			optional("time", Plain, "its hour: 10 h 30"))
	case ReplyNothing:
		return about(optional("date", Plain, dateDoc), optional("time", Plain, timeDoc), optional("link", Plain, linkDoc))
	case ReplyTaken, ReplyEarlier:
		return about(required("date", Plain, "the day of the appointment, which stands: jeudi 14 mai"), timeOfDay(),
			optional("wants_earlier", Flag, "the person is told when an earlier slot is freed"))
	case ReplyCall, StopAck, StartAck:
		return about()
	}
	return nil
}

const (
	linkDoc = "the person's own link: https://rdv.example.fr/r/k7mp2rstvw4xyz"
	dateDoc = "the day in full: jeudi 14 mai"
	timeDoc = "the hour: 10 h 30"
)

func about(more ...Variable) []Variable {
	return slices.Concat([]Variable{
		required("organisation", Plain, "who writes: Département de la Drôme"),
		required("phone", Plain, "where to call, as people write it: 04 75 00 00 00"),
	}, more)
}

func choose(more ...Variable) []Variable {
	return slices.Concat(about(
		service(), required("link", Plain, linkDoc), firstName(), duration(), consequence(),
		optional("last_day", Plain, "the true last day to choose, absent when there is none: jeudi 14 mai"),
	), more)
}

func meet(more ...Variable) []Variable {
	return slices.Concat(about(
		service(), required("date", Plain, dateDoc), timeOfDay(), place(), firstName(),
	), more)
}

func cancelled(more ...Variable) []Variable {
	return slices.Concat(about(
		service(), required("date", Plain, dateDoc), timeOfDay(), firstName(),
		optional("link", Plain, "the person's own link, when another appointment can be chosen"),
		optional("last_day", Plain, "the last day to choose another: jeudi 14 mai"),
	), more)
}

func service() Variable {
	return required("service", Plain, "what the appointment is for: Premier rendez-vous RSA")
}
func timeOfDay() Variable { return required("time", Plain, timeDoc) }
func place() Variable {
	return optional("place", Plain, "where it is, on one line: 12 rue des Alpes, 26000 Valence; or: par téléphone, en visio, chez vous")
}

// there is what helps people to be there.
func there() []Variable {
	return []Variable{
		optional("video", Plain, "where to join a video meeting: https://visio.example.fr/salle-3"),
		optional("access", Plain, "what helps to get there: tram B, arrêt Mairie; sonnez deux fois"),
	}
}
func duration() Variable  { return optional("duration", Count, "how long it takes, in minutes: 45") }
func firstName() Variable { return optional("first_name", Plain, "the person's first name: Awa") }
func consequence() Variable {
	return optional("consequence", Plain, "a sentence of the organisation: what coming, or not coming, changes")
}
func canChange() Variable {
	return optional("can_change", Flag, "the person may move or cancel it by the link")
}
func replies() Variable {
	return optional("replies", Flag, "the sender takes replies and the answers 1, 2, 3 are open")
}
func slots() Variable {
	return optional("slots", List, "slots to choose from by replying 1, 2, 3, in that order", required("date", Plain, dateDoc), timeOfDay())
}

func required(name string, t Type, doc string) Variable {
	return Variable{Name: name, Type: t, Required: true, Doc: doc}
}

func optional(name string, t Type, doc string, fields ...Variable) Variable {
	return Variable{Name: name, Type: t, Doc: doc, Fields: fields}
}
