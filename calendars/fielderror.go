package calendars

// FieldError is one mistake in a calendar. Field is a path such as
// "windows[2].rrule"; Message says what is wrong and what to write instead.
type FieldError struct{ Field, Message string }

func (e *FieldError) Error() string { return e.Field + ": " + e.Message }
