/* mentions.h: whether a chart may look at what it is told of the cluster. Internal to src/engine. */
#ifndef BK_ENGINE_MENTIONS_H
#define BK_ENGINE_MENTIONS_H

#include "chart/chart.h"

/* True when a file of the chart or of one below it, a text in their values or in `values`, has the word "Capabilities" or "lookup", or a chart asks for a version of Kubernetes. What is
 * said without that word (a template that prints its whole ".") is overlooked. When in doubt: true. */
bool bk_mentions_capabilities(const bk_chart *chart, bk_value values);

#endif
