// Package schema names the Postgres schema that holds a project's state.
package schema

import (
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Default holds a project's state unless `runtime.schema` names another.
const Default Name = "weavster"

// A Name is that of a state's schema. Queries are written for the default one,
// so that they read as SQL; SQL makes them those of another.
type Name string

// pattern is what every part of Weavster can work with: River, whose tables
// are in the schema too, takes no quotes, and makes notification topics of it.
var pattern = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,39}$`)

// Rule is what Valid holds a name to, for error messages.
const Rule = "1 to 40 lower-case letters, digits and underscores, not a digit first, and neither pg_… nor information_schema, which are the server's own"

// Valid says whether a name can be that of a state's schema.
func Valid(name string) bool {
	return pattern.MatchString(name) && !strings.HasPrefix(name, "pg_") && name != "information_schema"
}

// String is the schema's name.
func (n Name) String() string {
	if n == "" {
		return string(Default)
	}
	return string(n)
}

// SQL is a query with the schema's own name in place of each `weavster.`.
func (n Name) SQL(query string) string {
	if n == "" || n == Default {
		return query
	}
	return strings.ReplaceAll(query, string(Default)+".", n.Quoted()+".")
}

// Table is a table of the schema, for COPY.
func (n Name) Table(name string) pgx.Identifier { return pgx.Identifier{n.String(), name} }

// Quoted is the name as a part of SQL.
func (n Name) Quoted() string { return pgx.Identifier{n.String()}.Sanitize() }
