import Basics

/// The lists and maps that stand at several places of a document because they were read from one: what an alias named,
/// or a merge key brought along. DVC writes the first as an anchor and the others as its aliases, and so do we.
///
/// A value is known by the place where it was read. Two values of one place that have become different, by an
/// override, are not shared.
struct SharedValues {
    enum Mention: Equatable {
        case none
        case anchor(String)
        case alias(String)
    }

    private struct Place: Hashable {
        let line: Int
        let column: Int
        let isMap: Bool
        let file: String
    }

    private var numbers: [Place: Int] = [:]
    private var firsts: [Place: JSONValue] = [:]
    private var written: Set<Place> = []
    /// The number of the last anchor.
    private(set) var last: Int

    /// - Parameter last: the number of the last anchor before this value.
    init(_ value: JSONValue, after last: Int) {
        self.last = last
        count(value)
        // Without anchors nothing is looked up again.
        if numbers.isEmpty { firsts = [:] }
    }

    private static func place(_ value: JSONValue) -> Place? {
        guard let mark = value.mark else { return nil }
        switch value.kind {
        case .list: return Place(line: mark.line, column: mark.column, isMap: false, file: mark.file)
        case .map: return Place(line: mark.line, column: mark.column, isMap: true, file: mark.file)
        default: return nil
        }
    }

    /// Numbers go by the order in which a value is met for the second time; what is in it is not met again.
    private mutating func count(_ value: JSONValue) {
        if let place = SharedValues.place(value) {
            if let first = firsts[place] {
                guard first == value else { return }
                if numbers[place] == nil {
                    last += 1
                    numbers[place] = last
                }
                return
            }
            firsts[place] = value
        }
        for entry in value.mapValue ?? [] { count(entry.value) }
        for item in value.listValue ?? [] { count(item) }
    }

    /// What stands for a value that is about to be written.
    mutating func mention(_ value: JSONValue) -> Mention {
        guard !numbers.isEmpty, let place = SharedValues.place(value), let number = numbers[place],
            firsts[place] == value
        else { return .none }
        let digits = String(number)
        let name = "id" + String(repeating: "0", count: max(0, 3 - digits.count)) + digits
        return written.insert(place).inserted ? .anchor(name) : .alias(name)
    }
}
