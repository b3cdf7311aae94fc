public import ArgumentParser
public import OperatorModel

extension OperatorGuidance: ExpressibleByArgument {}
extension OperatorHandBack: ExpressibleByArgument {}
