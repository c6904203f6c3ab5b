import Basics
import Foundation
import TestSupport
import Testing
import Workflows

@Suite struct CheckoutDataTests {
    @Test("missing data comes back, changed data is kept unless it is forced")
    func checkout() throws {
        let project = try VersionedProject()
        for name in ["a", "d/x", "d/y"] { try project.write("\(name)\n", to: name) }
        _ = try AddData.run([project.file("a"), project.file("d")], in: try project.session().workspace)
        try project.remove("d/x")
        try project.write("precious edit\n", to: "a")
        let kept = try CheckoutData.run(in: try project.session().workspace)
        #expect(kept.changes.map(\.path) == ["d/"] && kept.changes.map(\.kind) == ["M"])
        #expect(kept.problems.map(\.path) == ["a"] && kept.failure?.code == "data.would-lose")
        #expect(kept.failure?.message.hasPrefix("a: ") == true)
        #expect(try project.read("a") == "precious edit\n" && project.read("d/x") == "d/x\n")
        let forced = try CheckoutData.run(
            [project.file("a")], isForced: true, in: try project.session().workspace)
        #expect(forced.failure == nil && forced.changes.map(\.path) == ["a"])
        #expect(try project.read("a") == "a\n")
        #expect(try CheckoutData.run(in: try project.session().workspace).changes.isEmpty)
    }

    @Test("an object that the cache lacks is a problem of its own; everything else is checked out")
    func missingObject() throws {
        let project = try VersionedProject()
        for name in ["a", "b"] { try project.write("\(name)\n", to: name) }
        let added = try AddData.run(["a", "b"].map { project.file($0) }, in: try project.session().workspace)
        try project.remove("a")
        try project.remove("b")
        try project.remove(".dvc/cache/files/md5/\(added[0].md5.prefix(2))/\(added[0].md5.dropFirst(2))")
        let outcome = try CheckoutData.run(in: try project.session().workspace)
        #expect(outcome.problems.map(\.path) == ["a"] && outcome.failure?.code == "data.missing-object")
        #expect(outcome.changes.map(\.path) == ["b"] && outcome.changes.map(\.kind) == ["A"])
        #expect(try project.read("b") == "b\n")
    }
}
