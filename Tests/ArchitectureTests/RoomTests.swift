import Foundation
import Testing

/// The rooms of Workflows: one folder a station of the flow.
@Suite struct RoomTests {
    /// The stations of the flow, which have a room whatever else has one.
    private static let stations: Set<String> = [
        "Data", "Quality", "Features", "Training", "Agents", "Search", "Evaluation", "Models", "Lineage", "Gate",
        "Promotion", "Hooks", "Session", "Pipelines",
    ]
    /// The folders of Workflows, each of which is a room.
    static let rooms: [String] = {
        let folder = "\(SourceTree.root)/Sources/Workflows"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.sorted().filter { !$0.contains(".") }
    }()
    private static let most = 16

    @Test("every file of Workflows lies in a room, and no room is crowded")
    func filesLieInRooms() throws {
        let files = try SourceTree.sources.get().filter { $0.module == "Workflows" }
        #expect(files.count > 60)
        var counts: [String: Int] = [:]
        for file in files {
            let parts = file.path.split(separator: "/").dropFirst(2)
            guard parts.count == 2, let room = parts.first.map(String.init), Self.rooms.contains(room) else {
                Issue.record("\(file.path) lies in no room; there are \(Self.rooms.joined(separator: ", "))")
                continue
            }
            counts[room, default: 0] += 1
        }
        for room in Self.stations { #expect(Self.rooms.contains(room), "there is no room \(room)") }
        for room in Self.rooms {
            let count = counts[room] ?? 0
            #expect(count > 0, "the room \(room) is empty")
            #expect(count <= Self.most, "the room \(room) has \(count) files, at most \(Self.most) find their way")
        }
    }

    @Test(
        "every room has a page that says what belongs there, what does not, where to begin and who calls",
        arguments: rooms)
    func pages(_ room: String) throws {
        let path = "Sources/Workflows/Workflows.docc/Rooms/\(room).md"
        let text = try SourceTree.read(path)
        #expect(text.hasPrefix("# \(room)\n"), "\(path) begins with another title")
        for heading in ["Belongs here", "Does not belong here", "Open first", "Called by"] {
            guard let start = text.range(of: "\n## \(heading)\n") else {
                Issue.record("\(path) has no section '\(heading)'")
                continue
            }
            let body = text[start.upperBound...].prefix(while: { $0 != "#" })
            #expect(body.trimmingCharacters(in: .whitespacesAndNewlines).count > 10, "\(path): '\(heading)' is empty")
        }
        // File names in the page exist; a page that outlives its files misleads.
        for part in text.split(separator: "`").enumerated().filter({ $0.offset % 2 == 1 }).map(\.element)
        where part.hasSuffix(".swift") {
            let file = part.contains("/") ? "Sources/Workflows/\(part)" : "Sources/Workflows/\(room)/\(part)"
            #expect(FileManager.default.fileExists(atPath: "\(SourceTree.root)/\(file)"), "\(path) names \(part)")
        }
    }
}
