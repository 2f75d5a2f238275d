"""The rules of Weavster: load them from `@weavster//rules:defs.bzl`."""

load("//rules/private:application_image.bzl", _weavster_application_image = "weavster_application_image")
load("//rules/private:flow.bzl", _weavster_flow = "weavster_flow")
load("//rules/private:flow_test.bzl", _weavster_flow_test = "weavster_flow_test")
load("//rules/private:image.bzl", _weavster_image = "weavster_image")
load("//rules/private:library.bzl", _weavster_library = "weavster_library")
load("//rules/private:project.bzl", _weavster_project = "weavster_project")
load("//rules/private:providers.bzl", _WeavsterFlowInfo = "WeavsterFlowInfo", _WeavsterLibraryInfo = "WeavsterLibraryInfo", _WeavsterProjectInfo = "WeavsterProjectInfo")

WeavsterFlowInfo = _WeavsterFlowInfo
WeavsterLibraryInfo = _WeavsterLibraryInfo
WeavsterProjectInfo = _WeavsterProjectInfo
weavster_application_image = _weavster_application_image
weavster_flow = _weavster_flow
weavster_flow_test = _weavster_flow_test
weavster_image = _weavster_image
weavster_library = _weavster_library
weavster_project = _weavster_project
