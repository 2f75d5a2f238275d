package crash

import (
	"os"
	"testing"

	"github.com/weavster/weavster/tests/crash/rig"
)

func TestMain(m *testing.M) { os.Exit(rig.Main(m)) }
