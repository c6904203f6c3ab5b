import Foundation

/// What was noticed of many files, each thing once: hundreds of files of one source say the same, and what one file
/// alone has would be lost among them.
package enum GroupedNotes {
    /// Notes that are alike but for the file and its numbers are one line: the first of them, and how many more there
    /// are. Rare notes stand first; notes of one number keep their order.
    ///
    /// - Parameters:
    ///   - notes: `file: text`, or a text alone.
    ///   - most: lines at most; how many are left out is a line of its own.
    package static func lines(_ notes: [String], most: Int = 20) -> [String] {
        var groups: [String: (first: String, count: Int, place: Int)] = [:]
        for (place, note) in notes.enumerated() {
            groups[key(note), default: (note, 0, place)].count += 1
        }
        let sorted = groups.values.sorted { ($0.count, $0.place) < ($1.count, $1.place) }
        let lines = sorted.prefix(most).map { group in
            group.count == 1 ? group.first : "\(group.first) (and \(group.count - 1) like it)"
        }
        guard sorted.count > most else { return lines }
        return lines + ["and \(sorted.count - most) other kinds of notes"]
    }

    /// The text without the file and the numbers in it.
    private static func key(_ note: String) -> String {
        var text = note[...]
        var names: [String] = []
        if let cut = note.range(of: ": "), note[..<cut.lowerBound].contains(where: { $0 == "/" || $0 == "." }) {
            text = note[cut.upperBound...]
            names = note[..<cut.lowerBound].split(whereSeparator: { $0 == "/" || $0 == ":" }).map(String.init)
        }
        // A folder or file that the text repeats is no other note.
        var out = String(text)
        for name in names where name.count > 1 { out = out.replacing("'\(name)'", with: "''") }
        return String(out.map { $0.isNumber ? "#" : $0 }).replacing(/#+/, with: "#")
    }
}
