package contract

// Version is Weavster's: that of MODULE.bazel, which a test holds it against.
// Manifests, images and the command line state it.
const Version = "0.1.0"
