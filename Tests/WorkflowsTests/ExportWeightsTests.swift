import Basics
import ModelBundles
import TestSupport
import Testing
import Workflows

/// What an export writes beside the weights, and what an import knows of the model that they are for.
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

    @Test(
        "what outputs mean is told by configuration and model, wherever the command stands; a damaged one is an error")
    func outputs() throws {
        let project = try TestProject(), caller = Caller(actor: "tests", directory: project.root)
        for name in ["recipe.yaml", "out/m1", "out/m1/model.safetensors"] {
            #expect(try DescribeModel.output(name, caller: caller) == .probability, "\(name)")
        }
        #expect(try DescribeModel.output("bars-lstm", caller: caller) == nil)
        try project.write("layers: [", to: "broken.yaml")
        #expect(project.code { _ = try DescribeModel.output("broken.yaml", caller: caller) } != nil)
    }
}
