"""Tests of the rules, as far as Bazel analyses targets; //tests and //examples build them."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts", "unittest")
load("//rules:defs.bzl", "WeavsterFlowInfo", "WeavsterLibraryInfo", "WeavsterProjectInfo")
load("//rules/private:paths.bzl", "package_path", "workspace_path")

def _sources(action):
    """What an action reads that isn't made by Bazel: a flow's own files."""
    return sorted([file.short_path for file in action.inputs.to_list() if file.is_source and not file.owner.workspace_name])

def _action(env, mnemonic):
    actions = [action for action in analysistest.target_actions(env) if action.mnemonic == mnemonic]
    asserts.equals(env, 1, len(actions), "actions " + mnemonic)
    return actions[0]

# A flow is compiled from its YAML, its tables and its libraries, with what those use. No configuration among them: an edit of it compiles nothing.
def _compile_test_impl(ctx):
    env = analysistest.begin(ctx)
    action = _action(env, "WeavsterCompile")
    asserts.equals(
        env,
        ["rules/tests/" + name for name in ["countries.csv", "echo.yaml", "inner_library.yaml", "outer.yaml", "sizes.json"]],
        _sources(action),
    )
    arguments = action.argv
    for flag in [
        # A table that two of them name is there once.
        "countries=rules/tests/countries.csv,rules/tests/countries.csv",
        "sizes=rules/tests/sizes.json,rules/tests/sizes.json",
        # By the target's name, whatever the file's is.
        "inner=rules/tests/inner_library.yaml,rules/tests/inner_library.yaml",
        "outer=rules/tests/outer.yaml,rules/tests/outer.yaml",
    ]:
        asserts.equals(env, 1, len([argument for argument in arguments if argument == flag]), flag)
    asserts.equals(env, "rules/tests/echo.yaml", arguments[arguments.index("--file-name") + 1])
    return analysistest.end(env)

_compile_test = analysistest.make(_compile_test_impl)

def _library_test_impl(ctx):
    env = analysistest.begin(ctx)
    target = analysistest.target_under_test(env)
    info = target[WeavsterLibraryInfo]
    asserts.equals(env, "outer", info.name)
    asserts.equals(env, [info.source], target[DefaultInfo].files.to_list())
    asserts.equals(env, ["inner", "outer"], sorted([library.name for library in info.libraries.to_list()]))
    asserts.equals(env, ["countries.csv", "sizes.json"], sorted([table.basename for table in info.tables.to_list()]))
    asserts.equals(env, [], analysistest.target_actions(env))
    return analysistest.end(env)

_library_test = analysistest.make(_library_test_impl)

# Whatever the build's mode, the module is the one that was built for where tools run.
def _one_module_test_impl(ctx):
    env = analysistest.begin(ctx)
    flow = analysistest.target_under_test(env)[WeavsterFlowInfo]
    asserts.equals(env, "echo", flow.name)
    asserts.equals(env, "rules/tests/echo.wasm", flow.module.short_path)
    asserts.equals(env, "rules/tests/echo.manifest.json", flow.manifest.short_path)
    for action in analysistest.target_actions(env):
        if flow.module in action.outputs.to_list():
            [built] = action.inputs.to_list()
            asserts.true(env, "-opt-exec" in built.path, "the module is built in " + built.path)
    return analysistest.end(env)

_fastbuild_module_test = analysistest.make(
    _one_module_test_impl,
    config_settings = {"//command_line_option:compilation_mode": "fastbuild"},
)
_dbg_module_test = analysistest.make(
    _one_module_test_impl,
    config_settings = {"//command_line_option:compilation_mode": "dbg"},
)

# Building a bundle checks it, and checking it needs the bundle alone.
def _project_test_impl(ctx):
    env = analysistest.begin(ctx)
    target = analysistest.target_under_test(env)
    [stamp] = target[OutputGroupInfo]._validation.to_list()
    check = _action(env, "WeavsterValidate")
    asserts.equals(env, [stamp], check.outputs.to_list())
    [bundle] = target[DefaultInfo].files.to_list()
    asserts.true(env, bundle in check.inputs.to_list())
    asserts.true(env, bundle.is_directory)
    asserts.equals(env, bundle, target[WeavsterProjectInfo].bundle)
    return analysistest.end(env)

_project_test = analysistest.make(_project_test_impl)

# What a flow was made from is in its image, under the paths that people know; of the workspace that builds it, nothing is.
def _image_test_impl(ctx):
    env = analysistest.begin(ctx)
    flow = analysistest.target_under_test(env)[WeavsterFlowInfo]
    action = _action(env, "WeavsterImage")
    asserts.equals(env, [flow.image], action.outputs.to_list())
    asserts.true(env, flow.image.is_directory)
    words = " ".join(action.argv)
    for name in ["build.json", "flow.wasm", "flow.yaml", "ir.txt", "lineage.json", "manifest.json", "sources/rules/tests/countries.csv", "sources/rules/tests/outer.yaml"]:
        asserts.true(env, " --flow echo/{}=".format(name) in words, name)
    asserts.false(env, "--package" in words)
    return analysistest.end(env)

_image_test = analysistest.make(_image_test_impl)

# A flow is packed once, whoever asks for its image.
def _flow_image_test_impl(ctx):
    env = analysistest.begin(ctx)
    target = analysistest.target_under_test(env)
    asserts.equals(env, [], analysistest.target_actions(env))
    asserts.equals(env, ["rules/tests/echo.image"], [file.short_path for file in target[DefaultInfo].files.to_list()])
    return analysistest.end(env)

_flow_image_test = analysistest.make(_flow_image_test_impl)

def _images_test_impl(ctx):
    env = analysistest.begin(ctx)
    target = analysistest.target_under_test(env)
    asserts.equals(
        env,
        ["examples/orders/flows/orders.image", "examples/orders/shop_image"],
        sorted([file.short_path for file in target[DefaultInfo].files.to_list()]),
    )
    return analysistest.end(env)

_images_test = analysistest.make(_images_test_impl)

def _file(path, repository = ""):
    return struct(
        owner = struct(workspace_name = repository),
        short_path = "../{}/{}".format(repository, path) if repository else path,
    )

def _paths_test_impl(ctx):
    env = unittest.begin(ctx)
    root = struct(package = "", workspace_name = "")
    shop = struct(package = "shop", workspace_name = "")
    theirs = struct(package = "shop", workspace_name = "weavster~")

    asserts.equals(env, "flows/a.yaml", workspace_path(_file("flows/a.yaml")))
    asserts.equals(env, "flows/a.yaml", workspace_path(_file("flows/a.yaml", "weavster~")))
    asserts.equals(env, "connectors/file.yaml", package_path(_file("connectors/file.yaml"), root))
    asserts.equals(env, "connectors/file.yaml", package_path(_file("shop/connectors/file.yaml"), shop))
    asserts.equals(env, "connectors/file.yaml", package_path(_file("shop/connectors/file.yaml", "weavster~"), theirs))

    # What lies outside of the project's folder shows that it does, so that the bundler can refuse it.
    asserts.equals(env, "../shopping/file.yaml", package_path(_file("shopping/file.yaml"), shop))
    asserts.equals(env, "../shop/file.yaml", package_path(_file("shop/file.yaml", "weavster~"), shop))
    return unittest.end(env)

_paths_test = unittest.make(_paths_test_impl)

def rules_test_suite(name, crate, flow, image, images, library, project):
    """Declares the tests.

    Args:
      name: the suite's name.
      crate: the flow's `weavster_crate`.
      flow: a flow of this package, with a table and a library.
      image: the flow's `weavster_image`.
      images: all images of the project.
      library: a library of this package that uses another one.
      project: a project.
    """
    _compile_test(name = name + "_compile", size = "small", target_under_test = crate)
    _dbg_module_test(name = name + "_dbg_module", size = "small", target_under_test = flow)
    _fastbuild_module_test(name = name + "_fastbuild_module", size = "small", target_under_test = flow)
    _flow_image_test(name = name + "_flow_image", size = "small", target_under_test = image)
    _image_test(name = name + "_image", size = "small", target_under_test = flow)
    _images_test(name = name + "_images", size = "small", target_under_test = images)
    _library_test(name = name + "_library", size = "small", target_under_test = library)
    _paths_test(name = name + "_paths", size = "small")
    _project_test(name = name + "_project", size = "small", target_under_test = project)
    native.test_suite(
        name = name,
        tests = [name + suffix for suffix in ["_compile", "_dbg_module", "_fastbuild_module", "_flow_image", "_image", "_images", "_library", "_paths", "_project"]],
    )
