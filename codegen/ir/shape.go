package ir

// The ops that change a message's shape.
type (
	// Keep takes all fields away but these; of an object that a longer path
	// leads into, those in it. What is kept keeps its bytes and its place.
	Keep struct{ Paths []Path }
	// Map makes a new message. The values are those of the old one, whatever
	// the new one holds by then.
	Map struct{ Fields []Set }
)

func (Keep) op() {}
func (Map) op()  {}
