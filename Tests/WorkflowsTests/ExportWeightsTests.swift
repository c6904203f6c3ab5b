import Basics
import TestSupport
import Testing
import Workflows

/// What an export writes beside the weights.
@Suite struct ExportWeightsTests {
    @Test("a model.py that is somebody's own stays, also where it cannot be read as a text")
    func ownModule() throws {
        let project = try TestProject()
        func export(_ directory: String) throws -> [String] {
            try ExportWeights.export(
                "m/1", format: .torch, flatten: nil, to: project.file("\(directory)/w.pth"), session: project.session
            ).beside
        }
        for (directory, own) in [("text", Array("import os\n".utf8)), ("bytes", [0xff, 0xfe, 0])] {
            let file = project.file("\(directory)/model.py")
            try AtomicFile.write(own, to: file)
            #expect(try export(directory).contains("w_model.py"))
            #expect(try FileChunks.bytes(file) == own)
        }
        #expect(try export("none").contains("model.py") && export("none").contains("model.py"))
    }
}
