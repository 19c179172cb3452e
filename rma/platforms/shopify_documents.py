"""What is asked of Shopify, in GraphQL. Objects and their costs: an order with fifteen lines is some two hundred points."""

ORDERS_AT_ONCE, LINES_AT_ONCE, VARIANTS_AT_ONCE = 3, 15, 40

_MONEY = "{ presentmentMoney { amount currencyCode } }"

_LINE = f"""
fragment Line on LineItem {{
  id sku title quantity currentQuantity isGiftCard requiresShipping
  customAttributes {{ key value }}
  originalUnitPriceSet {_MONEY}
  discountAllocations {{ allocatedAmountSet {_MONEY} }}
  taxLines {{ priceSet {_MONEY} }}
  variant {{ id selectedOptions {{ name value }} }}
  product {{ productType tags }}
}}"""

_ADDRESS = "{ name address1 address2 city provinceCode zip countryCodeV2 phone }"

_ORDER = f"""
fragment Whole on Order {{
  id name tags createdAt updatedAt cancelledAt
  presentmentCurrencyCode taxesIncluded customerLocale email phone
  customer {{ displayName }}
  shippingAddress {_ADDRESS}
  billingAddress {_ADDRESS}
  shippingLines(first: 5) {{ nodes {{ discountedPriceSet {_MONEY} taxLines {{ priceSet {_MONEY} }} }} }}
  transactions(first: 20) {{
    id kind status gateway manualPaymentGateway amountSet {_MONEY}
    parentTransaction {{ id }}
    paymentDetails {{ ... on CardPaymentDetails {{ number }} }}
  }}
  fulfillments(first: 10) {{
    createdAt deliveredAt displayStatus
    fulfillmentLineItems(first: 25) {{ nodes {{ quantity lineItem {{ id }} }} pageInfo {{ hasNextPage }} }}
  }}
  refunds(first: 20) {{
    id note
    refundLineItems(first: 10) {{ nodes {{ quantity lineItem {{ id }} }} pageInfo {{ hasNextPage }} }}
    transactions(first: 5) {{ nodes {{ kind status amountSet {_MONEY} parentTransaction {{ id }} }} }}
  }}
  lineItems(first: {LINES_AT_ONCE}) {{ nodes {{ ...Line }} pageInfo {{ hasNextPage endCursor }} }}
}}"""

ORDERS = f"""
query Orders($search: String, $after: String) {{
  orders(first: {ORDERS_AT_ONCE}, after: $after, query: $search, sortKey: UPDATED_AT) {{
    nodes {{ ...Whole }} pageInfo {{ hasNextPage endCursor }}
  }}
}}{_ORDER}{_LINE}"""

ORDER = f"query Order($id: ID!) {{ order(id: $id) {{ ...Whole }} }}{_ORDER}{_LINE}"

ORDERS_NAMED = """
query Named($search: String!) { orders(first: 10, query: $search) { nodes { id name } } }"""

MORE_LINES = f"""
query MoreLines($id: ID!, $after: String) {{
  order(id: $id) {{ lineItems(first: 30, after: $after) {{ nodes {{ ...Line }} pageInfo {{ hasNextPage endCursor }} }} }}
}}{_LINE}"""

MORE_MOVED = """
query MoreMoved($id: ID!) {
  order(id: $id) {
    fulfillments(first: 10) {
      createdAt deliveredAt displayStatus
      fulfillmentLineItems(first: 80) { nodes { quantity lineItem { id } } }
    }
    refunds(first: 20) {
      id note
      refundLineItems(first: 30) { nodes { quantity lineItem { id } } }
    }
  }
}"""

VARIANTS = f"""
query Variants($search: String, $after: String) {{
  shop {{ currencyCode }}
  productVariants(first: {VARIANTS_AT_ONCE}, after: $after, query: $search, sortKey: ID) {{
    nodes {{
      id sku barcode price availableForSale updatedAt selectedOptions {{ name value }}
      inventoryItem {{ harmonizedSystemCode countryCodeOfOrigin measurement {{ weight {{ unit value }} }} }}
      product {{ id title productType tags status updatedAt }}
    }}
    pageInfo {{ hasNextPage endCursor }}
  }}
}}"""

VARIANT_BY_SKU = """
query BySku($search: String!) {
  productVariants(first: 5, query: $search) {
    nodes {
      id sku inventoryPolicy inventoryQuantity
      inventoryItem { id tracked inventoryLevels(first: 10) { nodes { location { id name isActive } } } }
    }
  }
  location { id name }
}"""

VARIANT_BY_ID = """
query ById($id: ID!) {
  productVariant(id: $id) {
    id sku inventoryPolicy inventoryQuantity
    inventoryItem { id tracked inventoryLevels(first: 10) { nodes { location { id name isActive } } } }
  }
  location { id name }
}"""

ADJUST = """
mutation Restock($input: InventoryAdjustQuantitiesInput!, $key: String!) {
  inventoryAdjustQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { id reason referenceDocumentUri }
    userErrors { code field message }
  }
}"""

REFUNDS = """
query Refunds($id: ID!) {
  order(id: $id) {
    id presentmentCurrencyCode
    refunds(first: 100) { id note }
    transactions(first: 20) { id kind status gateway manualPaymentGateway amountSet { presentmentMoney { amount } } }
  }
}"""

REFUND = """
mutation Refund($input: RefundInput!, $key: String!) {
  refundCreate(input: $input) @idempotent(key: $key) {
    refund { id note }
    userErrors { field message }
  }
}"""

DRAFTS = """
query Drafts($search: String) {
  draftOrders(first: 50, query: $search, sortKey: ID, reverse: true) { nodes { id name status tags order { name } } }
}"""

DRAFT_CREATE = """
mutation Reserve($input: DraftOrderInput!) {
  draftOrderCreate(input: $input) { draftOrder { id name } userErrors { field message } }
}"""

DRAFT_DELETE = """
mutation Release($input: DraftOrderDeleteInput!) {
  draftOrderDelete(input: $input) { deletedId userErrors { field message } }
}"""

DRAFT_COMPLETE = """
mutation Place($id: ID!) {
  draftOrderComplete(id: $id) { draftOrder { id order { name } } userErrors { field message } }
}"""

SHOP = "query Shop { shop { name currencyCode } }"
