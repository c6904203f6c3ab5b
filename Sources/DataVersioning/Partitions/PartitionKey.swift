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

    /// What the times of the name span, without those that only say another one less precisely, such as the year of a
    /// day's directory. Two that remain are of different things: the day of the prices and that of their delivery.
    var spans: [PartitionInterval] {
        let all = fields.compactMap { field -> PartitionInterval? in
            guard case .time(_, _, let text) = field.value else { return nil }
            return PartitionInterval(text)
        }
        return all.enumerated().filter { index, span in
            !all.enumerated().contains { other, inner in
                other != index && span.first <= inner.first && inner.last <= span.last
                    && (span != inner || other < index)
            }
        }.map(\.element)
    }

    /// The earliest day of the name's times; by it partitions are closed, so that one of which any day is closed is.
    /// Nil for a name without a time.
    package var day: CivilDate? {
        guard let first = spans.map(\.first).min() else { return nil }
        return CivilDate(daysSince1970: first >= 0 ? first / 86_400 : -((86_399 - first) / 86_400))
    }

    /// `date=2024-03-01 symbol=BRK.B`
    package var description: String {
        fields.map { "\($0.name)=\($0.value.description)" }.joined(separator: " ")
    }
}
