public import FleetSimulation
public import MuJoCoRobots

extension SimulatedRobot: SimulatedBody {}
