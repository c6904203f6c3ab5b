import Basics
import TestSupport
import Testing
import Workflows

@Suite struct WrittenByPipelinesTests {
    @Test("locks, ignore rules and declared outputs are no changed code; everything else is")
    func changed() throws {
        let project = try VersionedProject()
        try project.write("stages: {a: {run: 'true', outs: [out/m], metrics: [m.json]}}\n", to: "p/pipeline.yaml")
        try project.write("x\n", to: "code.yaml")
        try project.write("{}\n", to: "p/m.json")
        try project.commit("start")
        try project.write("schema: '2.0'\n", to: "p/dvc.lock")
        try project.write("{\"a\": 1}\n", to: "p/m.json")
        try project.write("/out\n", to: "p/.gitignore")
        try project.write("w\n", to: "p/out/m/weights")
        #expect(try project.session().code().changedFiles == [])
        try project.write("y\n", to: "code.yaml")
        try project.write("z\n", to: "p/more.yaml")
        #expect(try project.session().code().changedFiles == ["code.yaml", "p/more.yaml"])
    }
}
