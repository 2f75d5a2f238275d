package ir

// The ops that change a message's shape.
type (
	// Keep takes all fields away but these; of an object that a longer path
	// leads into, those in it. What is kept keeps its bytes and its place.
	Keep struct{ Paths []Path }
	// Map makes a new message. The values are those of the old one, whatever
	// the new one holds by then.
	Map struct{ Fields []Set }
	// ForEach takes each item of the array at a path through steps that see
	// it as their message. A step that ends it takes the item away. It is
	// its step's only op.
	ForEach struct {
		Path Path
		// As is the one field of what steps see, which holds the item. It is
		// "" where the item itself is what they see: then it is an object.
		As     string
		Values bool // of an object's values, instead of an array's items
		Root   bool // the steps ask for the message around them
		Steps  []Step
	}
	// Split makes of a message as many as the array at a path has items. It
	// is its step's only op: the steps after it and the routing see one part
	// after the other.
	Split struct {
		Path Path
		As   SplitAs
		Into Path // of SplitField: where the item stands
		// Index is where a part's place is put, from 0; nil: nowhere.
		Index          Path
		Empty, Missing Unsplit
	}
	// Flatten puts what nested objects hold beside them, under names that are
	// put together; Unflatten takes such names apart.
	Flatten   struct{ Flat }
	Unflatten struct{ Flat }
)

// A Flat is how flat names are made.
type Flat struct {
	Path      Path // that of the nested field; nil: the whole message
	Separator string
	Prefix    string // what the field's flat names begin with
	Depth     int    // how many levels are made flat; 0: all
	Arrays    bool   // arrays, too: their items are named by their places
}

func (Keep) op()      {}
func (Map) op()       {}
func (ForEach) op()   {}
func (Split) op()     {}
func (Flatten) op()   {}
func (Unflatten) op() {}

// SplitAs says what an item becomes when a message is split.
type SplitAs int

// SplitField is the default.
const (
	SplitField   SplitAs = iota // a field of the message
	SplitMerge                  // fields of the message, instead of the array
	SplitMessage                // the message itself
)

// Unsplit says what becomes of a message that has no items.
type Unsplit int

// What can become of it.
const (
	UnsplitFilter Unsplit = iota // it ends, counted
	UnsplitKeep                  // it goes on as it is
	UnsplitError
)

// String is the word that flows use.
func (a SplitAs) String() string { return [...]string{"field", "merge", "message"}[a] }

// String is the word that flows use.
func (u Unsplit) String() string { return [...]string{"filter", "keep", "error"}[u] }
