package import Basics

/// What one field of a partition's name says.
package enum PartitionValue: Sendable, Hashable {
    /// A moment in the zone of whoever named the file, as precise as the name: days since 1970 and seconds of the day.
    case time(days: Int, seconds: Int, text: String)
    case number(Int)
    case text(String)

    /// As it stands in the name of the file; times in ISO form, as far as the pattern goes: `2024-03-01`, `2024-03`.
    package var description: String {
        switch self {
        case .time(_, _, let text): text
        case .number(let number): String(number)
        case .text(let text): text
        }
    }
}

/// The fields of one partition's name, in the pattern's order: `date` = 2024-03-01, `symbol` = BRK.B.
package struct PartitionKey: Sendable, Equatable {
    package struct Field: Sendable, Equatable {
        package var name: String
        package var value: PartitionValue
    }

    package var fields: [Field]

    package subscript(name: String) -> PartitionValue? { fields.first { $0.name == name }?.value }

    /// The day of the first field that is a time; by it partitions are closed and known.
    package var day: CivilDate? {
        for field in fields { if case .time(let days, _, _) = field.value { return CivilDate(daysSince1970: days) } }
        return nil
    }

    /// `date=2024-03-01 symbol=BRK.B`
    package var description: String {
        fields.map { "\($0.name)=\($0.value.description)" }.joined(separator: " ")
    }
}
