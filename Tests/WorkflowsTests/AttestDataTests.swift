import Basics
import Foundation
import TestSupport
import Testing
import Workflows

@Suite struct AttestDataTests {
    @Test("the digest is recorded, compared, and differs when the data does")
    func attest() throws {
        let project = try VersionedProject(), target = project.file("a.csv")
        try project.write("one\n", to: "a.csv")
        _ = try AddData.run([target], in: try project.session().workspace)
        #expect(try AttestData.check([target], in: try project.session().workspace).map(\.agrees) == [false])
        let made = try AttestData.run([target], in: try project.session().workspace)
        #expect(made.map(\.pointer) == ["a.csv.dvc"] && made[0].agrees && made[0].sha256 == Digest.sha256("one\n"))
        #expect(try AttestData.check([target], in: try project.session().workspace) == made)
        try project.write("two, and longer\n", to: "a.csv")
        let changed = try AttestData.check([target], in: try project.session().workspace)
        #expect(changed[0].agrees == false && changed[0].sha256 == Digest.sha256("two, and longer\n"))
        let error = try #require(throws: Failure.self) {
            try AttestData.run([target], in: try project.session().workspace)
        }
        #expect(error.code == "data.changed")
    }
}
