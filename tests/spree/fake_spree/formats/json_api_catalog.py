"""What a shop sells, and to whom, as JSON:API."""

from tests.spree.fake_spree.formats.documents import Documents
from tests.spree.fake_spree.records import Address, Customer, Product, ShopData, Taxon, Variant
from tests.spree.fake_spree.values import amount, milliseconds, picture


class Catalog(Documents):
    """Everything but the orders.

    In webhooks prices of products are null, as the serializer gets no currency there.
    """

    def __init__(self, data: ShopData, *, is_webhook: bool, is_5_2: bool = False) -> None:
        super().__init__(".5.2" if is_5_2 else "")
        self._is_webhook = is_webhook
        for taxon in data.taxons:
            self.add_taxon(taxon, data.taxons)
        for product in data.products:
            self.add_product(product)
        for customer in data.customers:
            self.add_customer(customer)

    def add_address(self, address: Address) -> None:
        country_id, state_id = address.id * 10, address.id * 10 + 1
        iso, name = address.country
        self.add("country", country_id, {"iso": iso, "name": name}, states=[])
        if address.state:
            state, abbr = address.state
            self.add("state", state_id, {"name": state, "abbr": abbr})
        self.add(
            "address",
            address.id,
            {
                "firstname": address.first_name,
                "lastname": address.last_name,
                "address1": address.street,
                "city": address.city,
                "zipcode": address.zipcode,
                "phone": address.phone,
                "company": address.company,
            },
            country=("country", country_id),
            state=("state", state_id) if address.state else None,
            user=None,
        )

    def add_customer(self, customer: Customer) -> None:
        self.add_address(customer.address)
        self.add(
            "user",
            customer.id,
            {
                "email": customer.email,
                "first_name": customer.address.first_name,
                "last_name": customer.address.last_name,
                "created_at": milliseconds(customer.created_at),
                "updated_at": milliseconds(customer.updated_at),
            },
            bill_address=("address", customer.address.id),
            ship_address=("address", customer.address.id),
        )

    def add_product(self, product: Product) -> None:
        self.add(
            "product",
            product.id,
            {
                "name": product.name,
                "slug": product.slug,
                "status": "active",
                "created_at": milliseconds(product.created_at),
                "updated_at": milliseconds(product.updated_at),
                "available_on": milliseconds(product.created_at),
                "price": None if self._is_webhook else amount(product.master.price),
            },
            primary_variant=("variant", product.master.id),
            default_variant=("variant", product.master.id),
            variants=[("variant", variant.id) for variant in product.variants],
            taxons=[("taxon", taxon.id) for taxon in product.taxons],
            images=[],
            option_types=[],
            product_properties=[],
            tax_category=None,
        )
        for variant in (product.master, *product.variants):
            self.add_variant(variant)

    def add_variant(self, variant: Variant) -> None:
        for option in variant.options:
            self.add(
                "option_type",
                option.type_id,
                {"name": option.type_name, "presentation": option.type_label},
            )
            self.add(
                "option_value",
                option.id,
                {"name": option.name, "presentation": option.label},
                option_type=("option_type", option.type_id),
            )
        self.add("image", variant.id, {"original_url": picture(variant.id), "styles": []})
        self.add(
            "variant",
            variant.id,
            {
                "sku": variant.sku,
                "name": variant.name,
                "is_master": variant.is_master,
                "price": None if self._is_webhook else amount(variant.price),
            },
            product=("product", variant.product_id),
            option_values=[("option_value", option.id) for option in variant.options],
            images=[("image", variant.id)],
            tax_category=None,
            digitals=[],
            stock_items=[],
            stock_locations=[],
        )

    def add_taxon(self, taxon: Taxon, taxons: list[Taxon]) -> None:
        self.add("taxonomy", taxon.taxonomy_id, {"name": taxon.permalink.partition("/")[0]})
        self.add(
            "taxon",
            taxon.id,
            {
                "name": taxon.name,
                "permalink": taxon.permalink,
                "created_at": milliseconds(taxon.updated_at),
                "updated_at": milliseconds(taxon.updated_at),
            },
            parent=("taxon", taxon.parent_id) if taxon.parent_id else None,
            taxonomy=("taxonomy", taxon.taxonomy_id),
            children=[("taxon", one.id) for one in taxons if one.parent_id == taxon.id],
            image=None,
        )
