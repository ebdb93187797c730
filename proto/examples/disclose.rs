//! Asks a vault where a seller may send what one member bought: `disclose URL CA CERT KEY MEMBER BASIS`.

use std::{env, error, fs};

use fubako_proto::Reason;
use fubako_proto::client::{Client, ClientConfig};
use fubako_proto::v1::field_value::Value;
use fubako_proto::v1::{DiscloseRequest, Recipient};

#[tokio::main]
async fn main() -> Result<(), Box<dyn error::Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [url, ca, cert, key, member, basis] = args.as_slice() else { return Err("six arguments are needed".into()) };
    let config = ClientConfig::new(url).ca_pem(fs::read(ca)?).cert_pem(fs::read(cert)?).key_pem(fs::read(key)?);
    let client = Client::connect(&config).await?;
    let ask = DiscloseRequest {
        purpose: "transaction-with-seller".into(),
        recipient: Some(Recipient::party("aoyama-books")),
        basis_ids: vec![basis.clone()],
        member_id: member.clone(),
        narrowing: None,
    };
    let view = match client.disclose(ask).await {
        Ok(answer) => answer.view.unwrap_or_default(),
        Err(refused) if *refused.reason() == Reason::BasisNotLive => return Err("the deal is done".into()),
        Err(failed) => return Err(failed.into()),
    };
    for shown in view.fields.iter().flat_map(|field| &field.values) {
        match shown.value.as_ref().and_then(|value| value.value.as_ref()) {
            Some(Value::Name(name)) => println!("{}", name.name),
            Some(Value::Phone(phone)) => println!("{}", phone.value),
            Some(Value::Address(to)) => {
                println!("{} {} {} {}", to.postal_code, to.region, to.locality, to.lines.join(", "));
                // Who the label names where it is not the member: a gift, an office.
                if !to.addressee.is_empty() {
                    println!("for {}", to.addressee);
                }
            }
            _ => eprintln!("the form {} of something this program does not know", shown.form),
        }
    }
    // What came with it binds the seller; what is missing was not forgotten.
    println!("under: {}", view.terms.join(", "));
    if let Some(by) = view.delete_by_time {
        println!("delete by: {by}");
    }
    for field in &view.withheld {
        println!("without {}: {}", field.field, field.rule);
    }
    Ok(())
}
