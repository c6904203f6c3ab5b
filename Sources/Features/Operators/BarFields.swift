/// Fields of the bar, in currency or shares.
enum Open: BarField {
    static let name = "open"
    static let summary = "first price of the bar"
    static func evaluate(_ call: OperatorCall) -> Double { call.inputs.pointee.open }
}

enum High: BarField {
    static let name = "high"
    static let summary = "highest price of the bar"
    static func evaluate(_ call: OperatorCall) -> Double { call.inputs.pointee.high }
}

enum Low: BarField {
    static let name = "low"
    static let summary = "lowest price of the bar"
    static func evaluate(_ call: OperatorCall) -> Double { call.inputs.pointee.low }
}

enum Close: BarField {
    static let name = "close"
    static let summary = "last price of the bar"
    static func evaluate(_ call: OperatorCall) -> Double { call.inputs.pointee.close }
}

enum Volume: BarField {
    static let name = "volume"
    static let summary = "shares traded in the bar"
    static func evaluate(_ call: OperatorCall) -> Double { call.inputs.pointee.volume }
}

/// Bars and book events have it.
enum TimeOfDay: FeatureOperator {
    static let name = "time_of_day"
    static let summary = "position in the regular session, −1 at the open and 1 at the close"
    static let shape = OperatorShape.field
    static func evaluate(_ call: OperatorCall) -> Double { call.inputs.pointee.timeOfDay }
}
