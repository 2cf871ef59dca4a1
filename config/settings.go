package config

import (
	"fmt"
	"reflect"
	"strings"
	"time"
)

// Setting is one thing an operator can set.
type Setting struct {
	Key      string // "redis.addresses"; the settings of a provider are "providers[0].name"
	Variable string // "RELANCE_REDIS_ADDRESSES"
	Value    string // as it is now; "(secret)" for a secret
	Secret   bool
}

// Settings lists every setting of c with its value, in the order of the file. The
// settings of providers appear once per provider.
func (c Config) Settings() []Setting {
	var out []Setting
	walk(reflect.ValueOf(c), "", Prefix, &out)
	return out
}

func walk(v reflect.Value, key, variable string, out *[]Setting) {
	for i := range v.NumField() {
		tag, f := v.Type().Field(i).Tag, v.Field(i)
		k := strings.TrimPrefix(key+"."+tag.Get("yaml"), ".")
		switch {
		case f.Kind() == reflect.Struct:
			walk(f, k, variable+tag.Get("envPrefix"), out)
		case tag.Get("envPrefix") != "":
			for n := range f.Len() {
				walk(f.Index(n), fmt.Sprintf("%s[%d]", k, n), fmt.Sprintf("%s%s%d_", variable, tag.Get("envPrefix"), n), out)
			}
		default:
			_, secret := f.Interface().(Secret)
			_, several := f.Interface().(Secrets)
			*out = append(*out, Setting{Key: k, Variable: variable + tag.Get("env"), Value: show(f), Secret: secret || several})
		}
	}
}

// show writes a value as it would stand in the file.
func show(f reflect.Value) string {
	if f.Kind() == reflect.Pointer {
		if f.IsNil() {
			return ""
		}
		return show(f.Elem())
	}
	switch v := f.Interface().(type) {
	case time.Duration:
		return v.String()
	case fmt.Stringer:
		return v.String()
	}
	if f.Kind() == reflect.Slice {
		parts := make([]string, f.Len())
		for i := range parts {
			parts[i] = fmt.Sprint(f.Index(i).Interface())
		}
		return strings.Join(parts, ", ")
	}
	return fmt.Sprint(f.Interface())
}
