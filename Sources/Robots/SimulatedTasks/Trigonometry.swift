internal import RealModule

// The three functions of an angle that layouts and grasps need.

func sine(_ angle: Double) -> Double { .sin(angle) }
func cosine(_ angle: Double) -> Double { .cos(angle) }
func arctangent(_ y: Double, _ x: Double) -> Double { .atan2(y: y, x: x) }
