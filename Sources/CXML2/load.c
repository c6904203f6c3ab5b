// Forwards to libxml2, which is loaded when the first XML is read. Foundation's XML, under XMLCoder, stands on it, and it
// stands on ICU: four libraries that one command in a hundred needs, and a millisecond of the start of all others.
//
// The table is what the static archive of Foundation's XML asks for, most of which nothing here calls. The declarations
// are libxml2's own, so the compiler checks every line; a function that a later toolchain asks for is named by the linker.
#include "CXML2.h"

#include <dlfcn.h>
#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/valid.h>
#include <libxml/xmlregexp.h>
#include <libxml/xmlsave.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#if LIBXML_VERSION >= 21400
#define NAME "libxml2.so.16"
#else
#define NAME "libxml2.so.2"
#endif

#define FUNCTIONS(X) \
    X(xmlAttributePtr, xmlAddAttributeDecl, (xmlValidCtxtPtr ctxt, xmlDtdPtr dtd, const xmlChar *elem, const xmlChar \
      *name, const xmlChar *ns, xmlAttributeType type, xmlAttributeDefault def, const xmlChar *defaultValue, \
      xmlEnumerationPtr tree), (ctxt, dtd, elem, name, ns, type, def, defaultValue, tree)) \
    X(xmlNodePtr, xmlAddChild, (xmlNodePtr parent, xmlNodePtr cur), (parent, cur)) \
    X(xmlElementPtr, xmlAddElementDecl, (xmlValidCtxtPtr ctxt, xmlDtdPtr dtd, const xmlChar *name, xmlElementTypeVal \
      type, xmlElementContentPtr content), (ctxt, dtd, name, type, content)) \
    X(xmlNodePtr, xmlAddNextSibling, (xmlNodePtr cur, xmlNodePtr elem), (cur, elem)) \
    X(xmlNodePtr, xmlAddPrevSibling, (xmlNodePtr cur, xmlNodePtr elem), (cur, elem)) \
    X(const xmlChar *, xmlBufferContent, (const xmlBuffer *buf), (buf)) \
    X(xmlBufferPtr, xmlBufferCreate, (void), ()) \
    X(void, xmlBufferFree, (xmlBufferPtr buf), (buf)) \
    X(xmlChar *, xmlBuildQName, (const xmlChar *ncname, const xmlChar *prefix, xmlChar *memory, int len), (ncname, \
      prefix, memory, len)) \
    X(unsigned long, xmlChildElementCount, (xmlNodePtr parent), (parent)) \
    X(xmlDocPtr, xmlCopyDoc, (xmlDocPtr doc, int recursive), (doc, recursive)) \
    X(xmlDtdPtr, xmlCopyDtd, (xmlDtdPtr dtd), (dtd)) \
    X(xmlNsPtr, xmlCopyNamespace, (xmlNsPtr cur), (cur)) \
    X(xmlNodePtr, xmlCopyNode, (xmlNodePtr node, int recursive), (node, recursive)) \
    X(xmlParserCtxtPtr, xmlCreatePushParserCtxt, (xmlSAXHandlerPtr sax, void *user_data, const char *chunk, int \
      size, const char *filename), (sax, user_data, chunk, size, filename)) \
    X(xmlErrorPtr, xmlCtxtGetLastError, (void *ctx), (ctx)) \
    X(int, xmlCtxtUseOptions, (xmlParserCtxtPtr ctxt, int options), (ctxt, options)) \
    X(int, xmlDictOwns, (xmlDictPtr dict, const xmlChar *str), (dict, str)) \
    X(xmlNodePtr, xmlDocGetRootElement, (const xmlDoc *doc), (doc)) \
    X(xmlNodePtr, xmlDocSetRootElement, (xmlDocPtr doc, xmlNodePtr root), (doc, root)) \
    X(xmlChar *, xmlEncodeEntitiesReentrant, (xmlDocPtr doc, const xmlChar *input), (doc, input)) \
    X(void, xmlFreeDoc, (xmlDocPtr cur), (cur)) \
    X(void, xmlFreeDocElementContent, (xmlDocPtr doc, xmlElementContentPtr cur), (doc, cur)) \
    X(void, xmlFreeDtd, (xmlDtdPtr cur), (cur)) \
    X(void, xmlFreeEnumeration, (xmlEnumerationPtr cur), (cur)) \
    X(void, xmlFreeNode, (xmlNodePtr cur), (cur)) \
    X(void, xmlFreeNs, (xmlNsPtr cur), (cur)) \
    X(void, xmlFreeNsList, (xmlNsPtr cur), (cur)) \
    X(void, xmlFreeParserCtxt, (xmlParserCtxtPtr ctxt), (ctxt)) \
    X(void, xmlFreeProp, (xmlAttrPtr cur), (cur)) \
    X(void, xmlFreeValidCtxt, (xmlValidCtxtPtr a0), (a0)) \
    X(xmlEntityPtr, xmlGetDocEntity, (const xmlDoc *doc, const xmlChar *name), (doc, name)) \
    X(xmlAttributePtr, xmlGetDtdAttrDesc, (xmlDtdPtr dtd, const xmlChar *elem, const xmlChar *name), (dtd, elem, \
      name)) \
    X(xmlElementPtr, xmlGetDtdElementDesc, (xmlDtdPtr dtd, const xmlChar *name), (dtd, name)) \
    X(xmlEntityPtr, xmlGetDtdEntity, (xmlDocPtr doc, const xmlChar *name), (doc, name)) \
    X(xmlNotationPtr, xmlGetDtdNotationDesc, (xmlDtdPtr dtd, const xmlChar *name), (dtd, name)) \
    X(xmlExternalEntityLoader, xmlGetExternalEntityLoader, (void), ()) \
    X(xmlDtdPtr, xmlGetIntSubset, (const xmlDoc *doc), (doc)) \
    X(xmlChar *, xmlGetNodePath, (const xmlNode *node), (node)) \
    X(xmlEntityPtr, xmlGetParameterEntity, (xmlDocPtr doc, const xmlChar *name), (doc, name)) \
    X(xmlEntityPtr, xmlGetPredefinedEntity, (const xmlChar *name), (name)) \
    X(xmlAttrPtr, xmlHasNsProp, (const xmlNode *node, const xmlChar *name, const xmlChar *nameSpace), (node, name, \
      nameSpace)) \
    X(void *, xmlHashLookup, (xmlHashTablePtr table, const xmlChar *name), (table, name)) \
    X(void *, xmlHashLookup3, (xmlHashTablePtr table, const xmlChar *name, const xmlChar *name2, const xmlChar \
      *name3), (table, name, name2, name3)) \
    X(int, xmlHashRemoveEntry, (xmlHashTablePtr table, const xmlChar *name, xmlHashDeallocator f), (table, name, f)) \
    X(int, xmlHashRemoveEntry3, (xmlHashTablePtr table, const xmlChar *name, const xmlChar *name2, const xmlChar \
      *name3, xmlHashDeallocator f), (table, name, name2, name3, f)) \
    X(void, xmlHashScan, (xmlHashTablePtr table, xmlHashScanner f, void *data), (table, f, data)) \
    X(xmlDtdPtr, xmlIOParseDTD, (xmlSAXHandlerPtr sax, xmlParserInputBufferPtr input, xmlCharEncoding enc), (sax, \
      input, enc)) \
    X(void, xmlInitParser, (void), ()) \
    X(xmlNodePtr, xmlNewComment, (const xmlChar *content), (content)) \
    X(xmlDocPtr, xmlNewDoc, (const xmlChar *version), (version)) \
    X(xmlDtdPtr, xmlNewDtd, (xmlDocPtr doc, const xmlChar *name, const xmlChar *ExternalID, const xmlChar \
      *SystemID), (doc, name, ExternalID, SystemID)) \
    X(xmlNodePtr, xmlNewNode, (xmlNsPtr ns, const xmlChar *name), (ns, name)) \
    X(xmlNsPtr, xmlNewNs, (xmlNodePtr node, const xmlChar *href, const xmlChar *prefix), (node, href, prefix)) \
    X(xmlAttrPtr, xmlNewNsProp, (xmlNodePtr node, xmlNsPtr ns, const xmlChar *name, const xmlChar *value), (node, \
      ns, name, value)) \
    X(xmlNodePtr, xmlNewPI, (const xmlChar *name, const xmlChar *content), (name, content)) \
    X(xmlAttrPtr, xmlNewProp, (xmlNodePtr node, const xmlChar *name, const xmlChar *value), (node, name, value)) \
    X(xmlNodePtr, xmlNewText, (const xmlChar *content), (content)) \
    X(xmlValidCtxtPtr, xmlNewValidCtxt, (void), ()) \
    X(xmlParserInputPtr, xmlNoNetExternalEntityLoader, (const char *URL, const char *ID, xmlParserCtxtPtr ctxt), \
      (URL, ID, ctxt)) \
    X(xmlChar *, xmlNodeGetContent, (const xmlNode *cur), (cur)) \
    X(void, xmlNodeSetContent, (xmlNodePtr cur, const xmlChar *content), (cur, content)) \
    X(void, xmlNodeSetName, (xmlNodePtr cur, const xmlChar *name), (cur, name)) \
    X(int, xmlParseChunk, (xmlParserCtxtPtr ctxt, const char *chunk, int size, int terminate), (ctxt, chunk, size, \
      terminate)) \
    X(xmlDtdPtr, xmlParseDTD, (const xmlChar *ExternalID, const xmlChar *SystemID), (ExternalID, SystemID)) \
    X(xmlParserInputBufferPtr, xmlParserInputBufferCreateMem, (const char *mem, int size, xmlCharEncoding enc), \
      (mem, size, enc)) \
    X(xmlDocPtr, xmlReadMemory, (const char *buffer, int size, const char *URL, const char *encoding, int options), \
      (buffer, size, URL, encoding, options)) \
    X(void, xmlRegFreeRegexp, (xmlRegexpPtr regexp), (regexp)) \
    X(xmlNodePtr, xmlReplaceNode, (xmlNodePtr old, xmlNodePtr cur), (old, cur)) \
    X(void, xmlSAX2ExternalSubset, (void *ctx, const xmlChar *name, const xmlChar *ExternalID, const xmlChar \
      *SystemID), (ctx, name, ExternalID, SystemID)) \
    X(int, xmlSAX2GetColumnNumber, (void *ctx), (ctx)) \
    X(xmlEntityPtr, xmlSAX2GetEntity, (void *ctx, const xmlChar *name), (ctx, name)) \
    X(int, xmlSAX2GetLineNumber, (void *ctx), (ctx)) \
    X(void, xmlSAX2InternalSubset, (void *ctx, const xmlChar *name, const xmlChar *ExternalID, const xmlChar \
      *SystemID), (ctx, name, ExternalID, SystemID)) \
    X(void, xmlSAX2UnparsedEntityDecl, (void *ctx, const xmlChar *name, const xmlChar *publicId, const xmlChar \
      *systemId, const xmlChar *notationName), (ctx, name, publicId, systemId, notationName)) \
    X(int, xmlSaveClose, (xmlSaveCtxtPtr ctxt), (ctxt)) \
    X(xmlSaveCtxtPtr, xmlSaveToBuffer, (xmlBufferPtr buffer, const char *encoding, int options), (buffer, encoding, \
      options)) \
    X(long, xmlSaveTree, (xmlSaveCtxtPtr ctxt, xmlNodePtr node), (ctxt, node)) \
    X(xmlNsPtr, xmlSearchNsByHref, (xmlDocPtr doc, xmlNodePtr node, const xmlChar *href), (doc, node, href)) \
    X(void, xmlSetExternalEntityLoader, (xmlExternalEntityLoader f), (f)) \
    X(void, xmlSetNs, (xmlNodePtr node, xmlNsPtr ns), (node, ns)) \
    X(void, xmlSetStructuredErrorFunc, (void *ctx, xmlStructuredErrorFunc handler), (ctx, handler)) \
    X(void, xmlSnprintfElementContent, (char *buf, int size, xmlElementContentPtr content, int englob), (buf, size, \
      content, englob)) \
    X(xmlChar *, xmlSplitQName2, (const xmlChar *name, xmlChar **prefix), (name, prefix)) \
    X(const xmlChar *, xmlSplitQName3, (const xmlChar *name, int *len), (name, len)) \
    X(void, xmlStopParser, (xmlParserCtxtPtr ctxt), (ctxt)) \
    X(int, xmlStrcmp, (const xmlChar *str1, const xmlChar *str2), (str1, str2)) \
    X(xmlChar *, xmlStrdup, (const xmlChar *cur), (cur)) \
    X(int, xmlStrlen, (const xmlChar *str), (str)) \
    X(xmlChar *, xmlStrndup, (const xmlChar *cur, int len), (cur, len)) \
    X(void, xmlUnlinkNode, (xmlNodePtr cur), (cur)) \
    X(int, xmlValidateDocument, (xmlValidCtxtPtr ctxt, xmlDocPtr doc), (ctxt, doc)) \
    X(void, xmlXPathFreeContext, (xmlXPathContextPtr ctxt), (ctxt)) \
    X(void, xmlXPathFreeObject, (xmlXPathObjectPtr obj), (obj)) \
    X(xmlXPathContextPtr, xmlXPathNewContext, (xmlDocPtr doc), (doc)) \
    X(xmlXPathObjectPtr, xmlXPathNodeEval, (xmlNodePtr node, const xmlChar *str, xmlXPathContextPtr ctx), (node, \
      str, ctx)) \
    X(int, xmlXPathRegisterNs, (xmlXPathContextPtr ctxt, const xmlChar *prefix, const xmlChar *ns_uri), (ctxt, \
      prefix, ns_uri))

// The one variable that Foundation reads. Nobody here gives libxml2 another allocator, so its value is libxml2's own.
xmlFreeFunc xmlFree = free;

#define SLOT(result, name, parameters, arguments) __typeof__(&name) name;
static struct { FUNCTIONS(SLOT) } library;
static char problem[512];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
    void *handle = dlopen(NAME, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        const char *reason = dlerror();
        snprintf(problem, sizeof problem, "%s", reason ? reason : "unknown cause");
        return;
    }
#define FIND(result, name, parameters, arguments)                                            \
    library.name = (__typeof__(&name))dlsym(handle, #name);                                 \
    if (!library.name) snprintf(problem, sizeof problem, "found no function '%s' in %s", #name, NAME);
    FUNCTIONS(FIND)
}

const char *hftml_xml_problem(void) {
    pthread_once(&once, load);
    return problem[0] ? problem : 0;
}

// Loads by itself as well: code that reads XML through Foundation alone does not know of this module.
#define FORWARD(result, name, parameters, arguments) \
    result name parameters {                         \
        pthread_once(&once, load);                   \
        return library.name arguments;               \
    }
FUNCTIONS(FORWARD)
